"""Every version goes up, down and up again, on an empty database or on a large data set, and is timed.

An address in, what each move took out. The schema in words before and after says whether a way back is a way back.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import Select, exists, select, table, text

from loka_migration.connecting import transaction
from loka_migration.describing import describe
from loka_migration.errors import MigrationError
from loka_migration.moving import Version, down, status, up
from loka_model.address import DatabaseAddress
from loka_model.large import LARGE


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundTrip:
    """One version, there, back and there again; ``up_seconds`` is the longer way up."""

    version: Version
    up_seconds: float
    down_seconds: float


async def rehearse(address: DatabaseAddress, *, large: bool = False) -> tuple[RoundTrip, ...]:
    """Take every version there, back and there again; the database ends at the newest.

    With ``large`` each table is filled as soon as it is there, so that what follows moves with data. Raises
    ``MigrationError`` if a version doesn't come back to where it was, or the database isn't empty.
    """
    before = await status(address)
    if before.applied:
        raise MigrationError(
            f"{address} stands at {before.current}; a rehearsal takes an empty database",
            hint="`loka-migration down N` empties it, or name another one in DATABASE_URL",
            exit_code=2,
        )
    done = [await _round_trip(address, version, large=large) for version in before.pending]
    return tuple(done)


async def schema(address: DatabaseAddress) -> list[str]:
    """The database's schema in words, a line for each column, constraint and index. Raises ``MigrationError``."""
    async with transaction(address) as connection:
        return await connection.run_sync(describe)


async def fill(address: DatabaseAddress) -> tuple[str, ...]:
    """Fill the empty ones of the tables that are there with the large data set. Returns their names."""
    async with transaction(address) as connection:
        found = {name for (name,) in await connection.execute(text(_TABLES))}
        chosen = [name for name in LARGE if name in found and not await connection.scalar(_any(name))]
        await connection.execute(text(_UNCHECKED))
        for name in chosen:
            await connection.execute(text(LARGE[name]))
            await connection.execute(text(f"ANALYZE {name}"))
    return tuple(chosen)


# Half of the time would go to foreign keys, row by row, which hold by how the data set is made; there are no other
# triggers.
_UNCHECKED = """
    SELECT set_config('session_replication_role', 'replica', true) WHERE current_setting('is_superuser')::boolean
"""
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"


def _any(name: str) -> Select[bool]:
    return select(exists().select_from(table(name)))


async def _round_trip(address: DatabaseAddress, version: Version, *, large: bool) -> RoundTrip:
    was = await schema(address)
    first: list[float] = []
    async with _timed(first):
        await up(address, 1)
    became = await schema(address)
    back: list[float] = []
    async with _timed(back):
        await down(address)
    _same(version, "down", was, await schema(address))
    async with _timed(first):
        await up(address, 1)
    _same(version, "up again", became, await schema(address))
    if large:
        await fill(address)
    return RoundTrip(version=version, up_seconds=max(first), down_seconds=back[0])


@asynccontextmanager
async def _timed(seconds: list[float]) -> AsyncIterator[None]:
    began = time.monotonic()
    yield
    seconds.append(time.monotonic() - began)


def _same(version: Version, way: str, expected: Sequence[str], found: Sequence[str]) -> None:
    if expected == found:
        return
    missing = [f"-{line}" for line in expected if line not in found]
    extra = [f"+{line}" for line in found if line not in expected]
    raise MigrationError(
        f"{version.revision} ({version.title}) differs after {way}:\n" + "\n".join(missing + extra),
        hint="`downgrade` takes back all that `upgrade` made, and nothing else",
    )
