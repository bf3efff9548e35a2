"""Models from a database: its tables as SQLAlchemy classes, and what they differ in from the written ones.

To compare, the written models are created in a schema of their own within a transaction that is always rolled back, and
the server describes both.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from sqlalchemy import Connection, MetaData, text

from loka_migration.connecting import transaction
from loka_migration.describing import VERSION_TABLE, describe
from loka_model.address import DatabaseAddress
from loka_model.models import Base

_SCRATCH = "loka_migration_comparison"


async def generate(address: DatabaseAddress) -> str:
    """The source of a module with a class for each table of the database. Raises ``MigrationError``."""
    async with transaction(address) as connection:
        return await connection.run_sync(_generate)


async def compare(address: DatabaseAddress) -> tuple[str, ...]:
    """The lines of a unified diff from `loka_model` to the database; none if they agree. Raises ``MigrationError``."""
    async with transaction(address) as connection:
        found = await connection.run_sync(describe)
        await connection.execute(text(f"CREATE SCHEMA {_SCRATCH}"))
        await connection.execute(text(f"SET LOCAL search_path = {_SCRATCH}"))
        written = await connection.run_sync(_describe_written)
        await connection.rollback()
    lines = difflib.unified_diff(written, found, "loka_model", "database", lineterm="", n=2)
    return tuple(lines)


def _generate(connection: Connection) -> str:
    with _without_type_checks():
        from sqlacodegen.generators import DeclarativeGenerator  # noqa: PLC0415 - only this command needs it

    metadata = MetaData()
    metadata.reflect(connection, only=lambda name, _: name != VERSION_TABLE)
    options = ("nosyntheticenums", "include_dialect_options")
    return DeclarativeGenerator(metadata, connection, options).generate()


@contextmanager
def _without_type_checks() -> Iterator[None]:
    """The import brings a grammar of plurals that isn't asked for: typeguard would rewrite it all, for 2 s."""
    import typeguard  # noqa: PLC0415 - only to generate

    with mock.patch.object(typeguard, "typechecked", lambda target: target):
        yield


def _describe_written(connection: Connection) -> list[str]:
    Base.metadata.create_all(connection, checkfirst=False)
    return describe(connection)
