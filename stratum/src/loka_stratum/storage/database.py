"""The connection to PostgreSQL: opened when needed, thrown away on any doubt, and what an error means for a batch.

It knows no table. An error is one of three: the database is away (try again later), a value is refused (no repetition
will help), or a key is stale (what was cached isn't there any more).
"""

from __future__ import annotations

import asyncio
from enum import Enum

import asyncpg

_ADVICE = {
    "42P01": "the tables aren't there: run `loka-migration up`",
    "42703": "the tables are of another version: run `loka-migration up`",
    "28P01": "correct the user or the password in DATABASE_URL",
    "3D000": "create the database, or correct its name in DATABASE_URL",
    "53100": "the server's disk is full",
    "25006": "the server only reads: is it a standby?",
}


_DURABLE = """
SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'
"""
"""What the server says is stored is removed from the journal: so it must be stored, also if the server crashes then."""


class Meaning(Enum):
    """What an error of the database means for what was to be stored."""

    AWAY = "away"
    REFUSED = "refused"
    STALE_KEY = "stale key"


class Database:
    """At most one open connection, for one user at a time."""

    def __init__(self, dsn: str, *, connect_seconds: float, statement_seconds: float) -> None:
        self._dsn = dsn
        self._connect_seconds = connect_seconds
        self._statement_seconds = statement_seconds
        self._connection: asyncpg.Connection | None = None
        self._busy = asyncio.Lock()

    async def connection(self) -> asyncpg.Connection:
        """The open connection, or a new one. Raises what asyncpg raises."""
        if self._connection is None or self._connection.is_closed():
            connection = await asyncpg.connect(
                self._dsn, timeout=self._connect_seconds, command_timeout=self._statement_seconds
            )
            try:
                await connection.execute(_DURABLE)
            except BaseException:
                connection.terminate()
                raise
            self._connection = connection
        return self._connection

    def discard(self) -> None:
        """Throw the connection away, without waiting for a server that may not answer."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def answers(self, query: str, seconds: float) -> bool:
        """Whether the query succeeds within so many seconds. Never raises for the database's sake."""
        try:
            async with asyncio.timeout(seconds), self._busy:
                await (await self.connection()).fetch(query)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            self.discard()
            return False
        return True


def meaning(error: Exception) -> Meaning:
    """What an error of storing means. Whatever isn't about a value is worth another attempt."""
    match error:
        case asyncpg.ForeignKeyViolationError():
            return Meaning.STALE_KEY
        case asyncpg.DataError() | asyncpg.IntegrityConstraintViolationError():
            return Meaning.REFUSED
        case ValueError() | OverflowError():  # the driver can't put it on the wire
            return Meaning.REFUSED
        case _:
            return Meaning.AWAY


def explain(error: Exception) -> str:
    """The error for the log and the status, with what to do where that is known."""
    state = getattr(error, "sqlstate", None) or ""
    if state in _ADVICE:
        return f"{error} ({_ADVICE[state]})"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(error) or type(error).__name__
