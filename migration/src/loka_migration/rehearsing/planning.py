"""The plans of the named queries on the server's own data: which index each reads, and how long it takes.

An address in; plans as the server writes them out. A query that reads something else than its index is an error.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from loka_migration.connecting import transaction
from loka_migration.errors import MigrationError
from loka_model.address import DatabaseAddress
from loka_model.models import Worker
from loka_model.named import NamedQuery, named_queries, scans_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How the server answers a named query. ``text`` is its `EXPLAIN (ANALYZE, BUFFERS)`."""

    query: NamedQuery
    scanned: tuple[str, ...]
    milliseconds: float
    text: str

    @property
    def carried(self) -> bool:
        """Whether it reads its index, and nothing else."""
        return self.scanned == (self.query.index,)


async def plans(address: DatabaseAddress) -> tuple[Plan, ...]:
    """The plan of every named query. Raises ``MigrationError``, also if there are no data to plan with."""
    async with transaction(address) as connection:
        row = (await connection.execute(select(Worker.id, Worker.pool_id).order_by(Worker.id).limit(1))).first()
        if row is None:
            raise MigrationError(
                f"{address} has no workers, so that its plans say nothing",
                hint="`loka-migration rehearse --large` makes a data set in an empty database",
                exit_code=2,
            )
        return tuple([await _plan(connection, query) for query in named_queries(row.id, row.pool_id)])


async def _plan(connection: AsyncConnection, query: NamedQuery) -> Plan:
    written = query.statement.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    lines = await connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS) {written}")
    text = "\n".join(line for (line,) in lines)
    (answer,) = (await connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {written}")).one()
    found: dict[str, Any] = (json.loads(answer) if isinstance(answer, str) else answer)[0]
    return Plan(
        query=query, scanned=tuple(scans_of(found["Plan"])), milliseconds=float(found["Execution Time"]), text=text
    )
