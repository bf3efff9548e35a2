"""How fast shares are kept and stored, beside a bare COPY of the same rows into the same table, in the same run.

Usage: python benches/storage.py [SHARES] [ROUNDS]. Starts a PostgreSQL of its own. Prints one JSON object; the ratio is that of
the medians, with the rounds interleaved.

- `ledger`: `submitted` and `answered` into the journal, nothing else.
- `store`: from the first call until every share is in the table, journal and all.
- `recovery`: the same shares from the journal of a dead process.
- `copy`: one COPY of the finished rows: the limit.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import asyncpg
from servers import installed_versions, temporary_server
from shares_at_hand import answer, share

from loka_migration.moving import up
from loka_model.address import DatabaseAddress
from loka_stratum.shares import Answer, Share
from loka_stratum.storage.generations import begin
from loka_stratum.storage.journal import Journal
from loka_stratum.storage.ledger import JournalLedger
from loka_stratum.storage.settings import StorageSettings
from loka_stratum.storage.store import open_store

COLUMNS = ("id", "worker_id", "pool_id", "job", "difficulty", "verdict", "reject_reason", "submitted_at", "answered_at")

Pairs = Sequence[tuple[Share, Answer]]


async def main(count: int, rounds: int) -> None:
    """Measure, and print."""
    seconds: dict[str, list[float]] = {"ledger": [], "store": [], "recovery": [], "copy": []}
    with temporary_server(max(installed_versions())) as server, tempfile.TemporaryDirectory() as spool:
        dsn = server.create_database()
        await up(DatabaseAddress.parse(dsn))
        settings = StorageSettings(folder=Path(spool), dsn=dsn, linger_seconds=0.0)
        await _store(settings, _pairs(100))
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
    shares = [dataclasses.replace(share(number), miner=f"miner{number % 200}") for number in range(count)]
    return [(one, answer(one)) for one in shares]


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
    _keep(JournalLedger(journal, most_bytes=1 << 30, most_outstanding=10), pairs)
    journal.close()
    generation.release()
    started = time.perf_counter()
    async with open_store(settings):
        pass
    return time.perf_counter() - started


async def _copy(dsn: str, count: int) -> float:
    connection = await asyncpg.connect(dsn)
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
