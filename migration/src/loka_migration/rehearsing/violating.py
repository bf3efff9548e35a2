"""Each constraint of the database is violated on purpose and must refuse, and name itself.

An address in, the constraints that refused out. All of it is one transaction that is rolled back.
"""

from __future__ import annotations

from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from loka_migration.connecting import transaction
from loka_migration.errors import MigrationError
from loka_model.address import DatabaseAddress
from loka_model.violations import FARM, ROWS, TRIED, UNTRIED, VIOLATIONS

_CONSTRAINTS = """
SELECT entry.conname FROM pg_constraint entry JOIN pg_class relation ON relation.oid = entry.conrelid
WHERE entry.connamespace = current_schema()::regnamespace AND entry.contype <> 'n'
  AND relation.relname <> 'alembic_version'
"""


async def violate(address: DatabaseAddress) -> tuple[str, ...]:
    """The constraints that refused, in order. Raises ``MigrationError`` for one that is too mild or untried."""
    async with transaction(address) as connection:
        found = {name for (name,) in await connection.execute(text(_CONSTRAINTS))}
        for model, row in FARM:
            await connection.execute(insert(model).values(row))
        for model, row in ROWS.items():
            await _taken(connection, insert(model).values(row))
        mild = [name for model, change, name in VIOLATIONS if not await _refused(connection, model, change, name)]
        await connection.rollback()
    if mild:
        raise MigrationError(
            f"{address} takes what it must refuse: {', '.join(dict.fromkeys(mild))}",
            hint="a migration lost the constraint, or made it milder than the model has it",
        )
    if unknown := sorted(found - TRIED - UNTRIED):
        raise MigrationError(
            f"nothing tries {', '.join(unknown)}", hint="add a row that it refuses to loka_model.violations"
        )
    return tuple(sorted(TRIED))


async def _taken(connection: AsyncConnection, statement: object) -> None:
    savepoint = await connection.begin_nested()
    await connection.execute(statement)  # type: ignore[call-overload]  # an insert of any model
    await savepoint.rollback()


async def _refused(connection: AsyncConnection, model: type, change: dict[str, object], constraint: str) -> bool:
    savepoint = await connection.begin_nested()
    try:
        await connection.execute(insert(model).values(ROWS[model] | change))
    except DBAPIError as error:
        return f'"{constraint}"' in str(error.orig)
    else:
        return False
    finally:
        await savepoint.rollback()
