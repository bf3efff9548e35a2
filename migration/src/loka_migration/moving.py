"""Up, down and where the database stands. An address in, what was done out; it prints nothing.

Alembic is loaded by what moves or asks where the database stands: a quarter of a command's start that others save.

All of a move is one transaction under one advisory lock: two migrators at once come after each other, and the second
finds nothing left to do; a failure leaves the database as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from loka_migration.connecting import transaction
from loka_migration.errors import MigrationError
from loka_model.address import DatabaseAddress

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

LOCK = int.from_bytes(b"lokamigr")
"""The key of the advisory lock, an int8."""

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One migration."""

    revision: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Where a database stands. `applied` and `pending` are in order; together they are every known version."""

    applied: tuple[Version, ...]
    pending: tuple[Version, ...]

    @property
    def current(self) -> str | None:
        """The last applied revision; None in an empty database."""
        return self.applied[-1].revision if self.applied else None

    @property
    def head(self) -> str:
        """The newest revision that this package knows."""
        return (self.applied + self.pending)[-1].revision


def versions() -> tuple[Version, ...]:
    """Every migration of this package, the first one first."""
    scripts = reversed(list(_scripts().walk_revisions()))
    return tuple(Version(revision=script.revision, title=script.doc.splitlines()[0].rstrip(".")) for script in scripts)


async def status(address: DatabaseAddress) -> Status:
    """Where the database stands. Raises ``MigrationError``."""
    async with transaction(address) as connection:
        return await connection.run_sync(_status)


async def up(address: DatabaseAddress, steps: int | None = None, *, wait_seconds: int = 60) -> tuple[Version, ...]:
    """Apply the next ``steps`` versions, or all. Returns those that were applied. Raises ``MigrationError``."""

    def work(connection: Connection) -> tuple[Version, ...]:
        before = _status(connection)
        chosen = _first(before.pending, steps, "pending")
        if chosen:
            from alembic import command

            command.upgrade(_config(connection), chosen[-1].revision)
        return chosen

    return await _locked(address, wait_seconds, work)


async def down(address: DatabaseAddress, steps: int | None = 1, *, wait_seconds: int = 60) -> tuple[Version, ...]:
    """Take back the last ``steps`` versions, or all, with their data. Returns them, the last one first."""

    def work(connection: Connection) -> tuple[Version, ...]:
        before = _status(connection)
        chosen = _first(before.applied[::-1], steps, "applied")
        if chosen:
            from alembic import command

            rest = before.applied[: len(before.applied) - len(chosen)]
            command.downgrade(_config(connection), rest[-1].revision if rest else "base")
        return chosen

    return await _locked(address, wait_seconds, work)


async def _locked(
    address: DatabaseAddress, wait_seconds: int, work: Callable[[Connection], tuple[Version, ...]]
) -> tuple[Version, ...]:
    async with transaction(address) as connection:
        # The time-out holds for the table locks of the migrations too. SET takes no parameters.
        await connection.execute(text(f"SET LOCAL lock_timeout = '{int(wait_seconds)}s'"))
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        return await connection.run_sync(work)


def _status(connection: Connection) -> Status:
    from alembic.migration import MigrationContext

    heads = MigrationContext.configure(connection).get_current_heads()
    known = versions()
    if not heads:
        return Status(applied=(), pending=known)
    place = next((index for index, version in enumerate(known) if version.revision == heads[0]), None)
    if place is None or len(heads) > 1:
        raise MigrationError(
            f"the database stands at revision {', '.join(heads)}, which this version doesn't know "
            f"(it knows {known[0].revision} to {known[-1].revision})",
            hint="a newer loka-migration made it: use that one",
        )
    return Status(applied=known[: place + 1], pending=known[place + 1 :])


def _first(candidates: tuple[Version, ...], steps: int | None, what: str) -> tuple[Version, ...]:
    """The first ``steps`` of them. None at all is nothing to do; more than there are is a mistake."""
    if candidates and steps is not None and steps > len(candidates):
        raise MigrationError(
            f"there are {len(candidates)} {what} versions, not {steps}",
            hint=f"give a number from 1 to {len(candidates)}; `loka-migration status` lists them",
            exit_code=2,
        )
    return candidates if steps is None else candidates[:steps]


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    return config


def _scripts() -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(_HERE))
