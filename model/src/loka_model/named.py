"""The named queries with the index that must carry each, for reading their plans on a large data set.

In: a worker and a pool. Out: statements and index names, and what a plan of the server reads. It asks no server.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Select

from loka_model.queries import earnings_per_day, hashrate, hashrate_per_worker, shares_per_worker_per_hour

Statement = Select[*tuple[Any, ...]]

_SINCE = datetime(2025, 3, 1, 6, tzinfo=UTC)
_UNTIL = _SINCE + timedelta(hours=1)
_DAYS = (date(2025, 2, 1), date(2025, 2, 3))
_SCANS = {"Index Scan", "Index Only Scan", "Bitmap Index Scan", "Seq Scan"}
_BY_TIME = "ix_submissions_submitted_at"
_BY_WORKER = "ix_submissions_worker_id_submitted_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedQuery:
    """A query over an hour or two days of `loka_model.large`, and the only index that its plan may read."""

    name: str
    statement: Statement
    index: str


def named_queries(worker: uuid.UUID, pool: uuid.UUID) -> tuple[NamedQuery, ...]:
    """All of them, for this worker and this pool where a query is about one."""
    shares, window = shares_per_worker_per_hour, (_SINCE, _UNTIL)
    return (
        _query("shares per hour", shares(*window), _BY_TIME),
        _query("shares per hour of a worker", shares(*window, worker=worker), _BY_WORKER),
        _query("hashrate", hashrate(*window), _BY_TIME),
        _query("hashrate of a pool", hashrate(*window, pool=pool), _BY_TIME),
        _query("hashrate of a worker", hashrate(*window, worker=worker), _BY_WORKER),
        _query("hashrate per worker", hashrate_per_worker(*window), _BY_TIME),
        _query("earnings per day", earnings_per_day(*_DAYS), "ix_earnings_date"),
        _query("earnings per day of a pool", earnings_per_day(*_DAYS, pool=pool), "uq_earnings_pool_id_date"),
    )


def scans_of(plan: dict[str, Any]) -> Iterator[str]:
    """The index or, without one, the table of every scan in a plan as `EXPLAIN (FORMAT JSON)` gives it."""
    if plan["Node Type"] in _SCANS:
        yield plan.get("Index Name") or plan["Relation Name"]
    for child in plan.get("Plans", ()):
        yield from scans_of(child)


def _query(name: str, statement: Statement, index: str) -> NamedQuery:
    return NamedQuery(name=name, statement=statement, index=index)
