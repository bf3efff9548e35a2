"""How fast shares are kept and stored, beside a bare COPY of the same rows into the same table, in the same run.

Usage: python benches/storage.py [SHARES] [ROUNDS]. Starts a PostgreSQL of its own. Prints one JSON object; the
ratio is that of the medians, with the rounds interleaved.

- `ledger`: `submitted` and `answered` into the journal, nothing else.
- `store`: from the first call until every share is in the table, journal and all.
- `recovery`: the same shares from the journal of a dead process.
- `copy`: one COPY of the finished rows: the limit.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import asyncpg

from loka_migration.moving import up
from loka_model.address import DatabaseAddress
from loka_stratum.shares import Answer, Share, Verdict
from loka_stratum.storage.generations import begin
from loka_stratum.storage.journal import Journal
from loka_stratum.storage.ledger import JournalLedger
from loka_stratum.storage.reserve import Reserve
from loka_stratum.storage.settings import StorageSettings
from loka_stratum.storage.store import open_store
from sluice.services.temporary import temporary_postgresql

COLUMNS = ("id", "worker_id", "pool_id", "job", "difficulty", "verdict", "reject_reason", "submitted_at", "answered_at")

Pairs = Sequence[tuple[Share, Answer]]


async def main(count: int, rounds: int) -> None:
    """Measure, and print."""
    seconds: dict[str, list[float]] = {"ledger": [], "store": [], "recovery": [], "copy": []}
    with temporary_postgresql("18") as dsn, tempfile.TemporaryDirectory() as spool:
        await up(DatabaseAddress.parse(dsn))
        settings = StorageSettings(folder=Path(spool), dsn=dsn, linger_seconds=0.0)
        await _store(settings, _pairs(1000))
        for _ in range(rounds):
            seconds["copy"].append(await _copy(dsn, count))
            kept, stored = await _store(settings, _pairs(count))
            seconds["ledger"].append(kept)
            seconds["store"].append(stored)
            seconds["recovery"].append(await _recover(settings, _pairs(count)))
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    print(
        json.dumps(
            {
                "shares": count,
                "rounds": rounds,
                "shares_per_second": {name: round(count / value) for name, value in medians.items()},
                "of_copy": {name: round(medians["copy"] / medians[name], 3) for name in ("store", "recovery")},
                "microseconds_per_share": {name: round(1e6 * value / count, 2) for name, value in medians.items()},
                "spread": {name: round(max(values) / min(values), 2) for name, values in seconds.items()},
            }
        )
    )


def _pairs(count: int) -> Pairs:
    """Of 1,000 workers."""
    now = datetime.now(UTC)
    pairs = []
    for number in range(count):
        one = Share(
            id=uuid4(),
            pool="main",
            miner=f"miner{number // 5 % 200}",
            worker=f"rig{number % 5}",
            job=f"{number // 100:x}",
            difficulty=Decimal(16384),
            submitted_at=now + timedelta(microseconds=number),
        )
        pairs.append((one, Answer(share=one.id, verdict=Verdict.ACCEPTED, answered_at=now + timedelta(seconds=1))))
    return pairs


def _keep(ledger: JournalLedger, pairs: Pairs) -> float:
    started = time.perf_counter()
    for one, its_answer in pairs:
        ledger.submitted(one)
        ledger.answered(its_answer)
    return time.perf_counter() - started


async def _store(settings: StorageSettings, pairs: Pairs) -> tuple[float, float]:
    started = time.perf_counter()
    async with open_store(settings) as store:
        kept = _keep(store.ledger, pairs)
    return kept, time.perf_counter() - started


async def _recover(settings: StorageSettings, pairs: Pairs) -> float:
    generation = begin(settings.folder)
    journal = Journal(generation.folder, segment_bytes=settings.segment_bytes)
    reserve = Reserve(generation.folder)
    _keep(JournalLedger(journal, reserve, most_bytes=1 << 30, most_outstanding=10), pairs)
    journal.close()
    reserve.close()
    generation.release()
    started = time.perf_counter()
    async with open_store(settings):
        pass
    return time.perf_counter() - started


async def _copy(dsn: str, count: int) -> float:
    connection = await asyncpg.connect(dsn)
    await connection.execute("SET synchronous_commit = on")
    keys = await connection.fetch("SELECT id, pool_id FROM workers")
    rows = []
    for number, (one, its_answer) in enumerate(_pairs(count)):
        worker, pool = keys[number % len(keys)]
        rows.append(
            (uuid4(), worker, pool, one.job, one.difficulty, "accepted", None, one.submitted_at, its_answer.answered_at)
        )
    started = time.perf_counter()
    await connection.copy_records_to_table("submissions", records=rows, columns=COLUMNS)
    seconds = time.perf_counter() - started
    await connection.close()
    return seconds


if __name__ == "__main__":
    given = [int(text) for text in sys.argv[1:]]
    asyncio.run(main(*(given + [20_000, 5][len(given) :])))
