"""The way to the database: an address in, a connection within one transaction out, and errors that a user can read.

It knows nothing of migrations.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from loka_migration.errors import MigrationError
from loka_model.address import DatabaseAddress

CONNECT_SECONDS = 10

_WHILE_CONNECTING = {
    "28P01": "correct the user or the password",
    "28000": "correct the user, or allow it in the server's pg_hba.conf",
    "3D000": "create it with `createdb`, or correct the name",
    "57P03": "the server is starting or stopping: try again in a moment",
    "53300": "the server has no connection left: close some, or raise max_connections",
}
_WHILE_WORKING = {
    "55P03": "another migration is at work, or a table is in use: try again, or wait longer with --wait",
    "42501": "the user needs to own the tables and to be allowed to create in the schema",
    "42P07": "something that no migration made has that name: move it away, or use an empty database",
}


@asynccontextmanager
async def transaction(address: DatabaseAddress) -> AsyncIterator[AsyncConnection]:
    """A connection in a transaction: committed at the end, rolled back on an error. Raises ``MigrationError``."""

    async def connect() -> asyncpg.Connection:
        return await _connect(address)

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            yield connection
    except DBAPIError as error:
        raise _while_working(address, error) from error
    except (OSError, asyncpg.InterfaceError) as error:
        raise _lost(address, error) from error
    finally:
        await engine.dispose()


async def _connect(address: DatabaseAddress) -> asyncpg.Connection:
    try:
        return await asyncpg.connect(address.dsn, timeout=CONNECT_SECONDS)
    except asyncpg.PostgresError as error:
        hint = _WHILE_CONNECTING.get(error.sqlstate or "", "read the server's log")
        raise MigrationError(f"the database {address} can't be opened: {error}", hint=hint) from error
    except TimeoutError as error:
        hint = "check host and port in DATABASE_URL, and the network between"
        raise MigrationError(
            f"the database {address} can't be reached: no answer in {CONNECT_SECONDS} s", hint=hint
        ) from error
    except OSError as error:
        hint = "start the server, or correct host and port in DATABASE_URL"
        raise MigrationError(f"the database {address} can't be reached: {error}", hint=hint) from error
    except ValueError as error:
        hint = "see PostgreSQL's documentation of connection parameters"
        raise MigrationError(
            f"DATABASE_URL has a parameter that can't be used: {address.mask(str(error))}", hint=hint, exit_code=2
        ) from error


def _while_working(address: DatabaseAddress, error: DBAPIError) -> MigrationError:
    if error.connection_invalidated:
        return _lost(address, error)
    state = getattr(error.orig, "sqlstate", None) or ""
    message = str(error.orig).partition(": ")[2] or str(error.orig)
    hint = _WHILE_WORKING.get(state, "read the server's log; nothing was changed")
    return MigrationError(f"the database {address} refuses: {message} (SQLSTATE {state or 'unknown'})", hint=hint)


def _lost(address: DatabaseAddress, error: Exception) -> MigrationError:
    hint = "nothing was changed: all of it is one transaction; start the server and try again"
    return MigrationError(f"the connection to {address} was lost: {type(error).__name__}", hint=hint)
