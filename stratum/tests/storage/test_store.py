"""The store against a real PostgreSQL: what is submitted is what is stored, with its verdict, once."""

import asyncio
import dataclasses
import socket
import tracemalloc
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import msgspec.structs
import pytest
from shares_at_hand import NOON, answer, fetch, mine, share, stored, until

from loka_model.models import VERDICTS, Miner, Pool, Submission, Worker
from loka_stratum.shares import LedgerFullError, Share, Verdict
from loka_stratum.storage.errors import StorageError
from loka_stratum.storage.records import MOST_TEXT
from loka_stratum.storage.settings import PoolDefinition, StorageSettings
from loka_stratum.storage.store import open_store

pytestmark = [pytest.mark.anyio, pytest.mark.needs_postgresql]

_ROWS = """
SELECT pools.name, miners.username, workers.name, job, difficulty, hashes, verdict, valid, reject_reason, submitted_at,
       answered_at - submitted_at
FROM submissions JOIN workers ON workers.id = worker_id JOIN miners ON miners.id = miner_id
JOIN pools ON pools.id = submissions.pool_id ORDER BY submitted_at
"""


@pytest.mark.slow
async def test_a_share_is_stored_with_all_that_is_known_of_it(settings: StorageSettings) -> None:
    async with open_store(settings) as store:
        for number, verdict in enumerate(Verdict):
            one = share(number)
            store.ledger.submitted(one)
            store.ledger.answered(answer(one, verdict))
    rows = await fetch(settings.dsn, _ROWS)
    assert [row[6:9] for row in rows] == [
        ("accepted", True, None),
        ("rejected", False, "it is rejected"),
        ("stale", False, "it is stale"),
        ("duplicate", False, "it is duplicate"),
        ("unanswered", False, None),
    ]
    assert rows[2][:6] == ("main", "alice", "rig2", "2", Decimal("0.003"), Decimal("12884901.888"))
    assert [row[10] is None for row in rows] == [False, False, False, False, True]


async def test_nothing_is_left_on_disk_when_everything_is_stored(settings: StorageSettings) -> None:
    async with open_store(settings) as store:
        mine(store.ledger, 3000)
    assert list(settings.folder.iterdir()) == []


@pytest.mark.slow
async def test_thousands_of_shares_are_stored_exactly(settings: StorageSettings) -> None:
    async with open_store(settings) as store:
        expected = mine(store.ledger, 5000)
    assert await stored(settings.dsn) == expected
    assert (store.state().stored, store.state().known, store.state().away) == (5000, 0, None)


async def test_a_share_without_an_answer_is_stored_as_unanswered_when_the_store_closes(
    settings: StorageSettings,
) -> None:
    one = share()
    async with open_store(settings) as store:
        store.ledger.submitted(one)
        assert store.state().outstanding == 1
    assert await stored(settings.dsn) == {one.id: "unanswered"}


async def test_shares_are_stored_while_the_store_is_open(settings: StorageSettings) -> None:
    async with open_store(settings) as store:
        expected = mine(store.ledger, 10)
        await until(lambda: store.state().stored == 10)
        assert await stored(settings.dsn) == expected


async def test_a_second_answer_and_an_answer_to_an_unknown_share_change_nothing(settings: StorageSettings) -> None:
    one = share()
    async with open_store(settings) as store:
        store.ledger.submitted(one)
        store.ledger.answered(answer(one, Verdict.STALE))
        store.ledger.answered(answer(one, Verdict.ACCEPTED))
        store.ledger.answered(answer(share(1)))
    assert await stored(settings.dsn) == {one.id: "stale"}


async def test_workers_are_seen_first_and_last_when_they_submitted(settings: StorageSettings) -> None:
    async with open_store(settings) as store:
        mine(store.ledger, 50)
    rows = await fetch(settings.dsn, "SELECT name, created_at, last_seen_at FROM workers ORDER BY name")
    assert [(name, (seen - NOON).microseconds) for name, _, seen in rows] == [  # type: ignore[operator]  # a row's values are objects
        (f"rig{number}", (45 + number) * 1000) for number in range(5)
    ]
    assert rows[0][1] == NOON


async def test_the_row_of_a_pool_follows_the_configuration(settings: StorageSettings) -> None:
    for port in (1, 2):
        pool = PoolDefinition(name="main", host="pool.example", port=port, username="farm", priority=port)
        async with open_store(dataclasses.replace(settings, pools=(pool,))) as store:
            mine(store.ledger, 1)
    assert await fetch(settings.dsn, "SELECT name, port, priority, active FROM pools") == [("main", 2, 2, True)]


async def test_shares_of_a_pool_that_left_the_configuration_are_stored(settings: StorageSettings) -> None:
    one = share(pool="forgotten")
    async with open_store(settings) as store:
        store.ledger.submitted(one)
    assert await stored(settings.dsn) == {one.id: "unanswered"}
    assert ("forgotten", False) in await fetch(settings.dsn, "SELECT name, active FROM pools")


async def test_rows_that_someone_deleted_are_made_again(settings: StorageSettings) -> None:
    async with open_store(settings) as store:
        mine(store.ledger, 10)
        await until(lambda: store.state().stored == 10)
        await fetch(settings.dsn, "DELETE FROM pools")
        expected = mine(store.ledger, 10)
    assert await stored(settings.dsn) == expected
    assert store.state().refused == 0


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "x" * 10_000, "\x1b[31m", "日本", ""])
async def test_any_name_is_stored(settings: StorageSettings, text: str) -> None:
    one = Share(
        id=share().id, pool=text or "p", miner=text, worker=text, job=text, difficulty=Decimal(1), submitted_at=NOON
    )
    async with open_store(settings) as store:
        store.ledger.submitted(one)
        store.ledger.answered(answer(one, Verdict.REJECTED, text))
    assert await stored(settings.dsn) == {one.id: "rejected"}


async def test_two_long_names_stay_two(settings: StorageSettings) -> None:
    async with open_store(settings) as store:
        for end in ("a", "b"):
            store.ledger.submitted(share(miner="x" * 300 + end))
    assert await fetch(settings.dsn, "SELECT count(*) FROM miners") == [(2,)]


@pytest.mark.parametrize("difficulty", ["NaN", "Infinity", "0", "-1", "1e300000", "1e-300"])
async def test_a_share_that_the_database_refuses_is_kept_in_a_file_and_costs_its_neighbours_nothing(
    settings: StorageSettings, difficulty: str
) -> None:
    bad = msgspec.structs.replace(share(1), difficulty=Decimal(difficulty))
    async with open_store(settings) as store:
        expected = mine(store.ledger, 100)
        store.ledger.submitted(bad)
        store.ledger.answered(answer(bad))
        expected |= mine(store.ledger, 100)
    assert await stored(settings.dsn) == expected
    assert store.state().refused == 1
    assert str(bad.id) in (settings.folder / "refused.jsonl").read_text(encoding="utf-8")


async def test_the_limit_of_the_disk_refuses_shares_and_never_an_answer(settings: StorageSettings) -> None:
    away = dataclasses.replace(settings, dsn="postgresql://a@127.0.0.1:1/b", most_bytes=200_000, drain_seconds=0.01)
    expected: dict[UUID, str] = {}
    async with open_store(away) as store:
        waiting: list[Share] = []
        while store.state().accepting:
            waiting.append(share(len(waiting)))
            store.ledger.submitted(waiting[-1])
        with pytest.raises(LedgerFullError, match="bytes of unstored shares, of 200000 that it may"):
            store.ledger.submitted(share())
        for one in waiting:
            store.ledger.answered(answer(one, Verdict.REJECTED, '"' * 1000))
            expected[one.id] = "rejected"
        assert store.state().journal_bytes <= 200_000
    assert sum(path.stat().st_size for path in settings.folder.rglob("*.journal")) <= 200_000
    async with open_store(settings) as store:
        pass
    assert await stored(settings.dsn) == expected
    assert (store.state().recovered, list(settings.folder.iterdir())) == (len(expected), [])


@pytest.mark.slow
async def test_a_full_journal_takes_shares_again_when_it_is_stored(settings: StorageSettings) -> None:
    small = dataclasses.replace(settings, most_bytes=20_000)
    expected: dict[UUID, str] = {}
    async with open_store(small) as store:
        for number in range(2000):
            await until(lambda: store.state().accepting)
            expected |= mine(store.ledger, 1, first=number)
    assert await stored(settings.dsn) == expected


async def test_a_share_whose_answer_is_late_does_not_keep_the_journal_from_shrinking(settings: StorageSettings) -> None:
    small = dataclasses.replace(settings, segment_bytes=20_000)
    late = share(7)
    async with open_store(small) as store:
        store.ledger.submitted(late)
        expected = mine(store.ledger, 2000)
        await until(lambda: store.state().stored == 2000)
        assert store.state().journal_bytes < 60_000
        store.ledger.answered(answer(late))
    assert await stored(settings.dsn) == expected | {late.id: "accepted"}


async def test_as_many_shares_may_wait_for_an_answer_as_configured(settings: StorageSettings) -> None:
    async with open_store(dataclasses.replace(settings, most_outstanding=2)) as store:
        first = share()
        store.ledger.submitted(first)
        store.ledger.submitted(share(1))
        with pytest.raises(LedgerFullError, match="2 shares wait for the pool's answer"):
            store.ledger.submitted(share(2))
        store.ledger.answered(answer(first))
        store.ledger.submitted(share(3))


async def test_ping_says_whether_the_database_answers_and_has_the_tables(settings: StorageSettings) -> None:
    async with open_store(settings) as store:
        assert await store.ping(5)
        assert await asyncio.gather(*(store.ping(5) for _ in range(5))) == [True] * 5
        await fetch(settings.dsn, "ALTER TABLE submissions RENAME TO elsewhere")
        assert not await store.ping(5)
        await fetch(settings.dsn, "ALTER TABLE elsewhere RENAME TO submissions")
        assert await store.ping(5)


@pytest.mark.slow
async def test_ping_of_a_server_that_says_nothing_ends_in_time(settings: StorageSettings) -> None:
    silent = socket.create_server(("127.0.0.1", 0))
    dsn = f"postgresql://a@127.0.0.1:{silent.getsockname()[1]}/b?sslmode=disable"
    async with open_store(dataclasses.replace(settings, dsn=dsn)) as store, asyncio.timeout(5):
        assert not await store.ping(0.05)
    silent.close()


async def test_a_database_without_tables_says_what_to_do_and_gets_the_shares_when_it_has_them(
    settings: StorageSettings,
) -> None:
    await fetch(settings.dsn, "ALTER TABLE submissions RENAME TO elsewhere")
    async with open_store(settings) as store:
        expected = mine(store.ledger, 10)
        await until(lambda: store.state().away is not None)
        assert "run `loka-migration up`" in (store.state().away or "")
        await fetch(settings.dsn, "ALTER TABLE elsewhere RENAME TO submissions")
    assert await stored(settings.dsn) == expected


async def test_a_folder_that_cannot_be_used_is_an_error(settings: StorageSettings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StorageError, match=r"the journal's folder .*file can't be used: Not a directory"):
        async with open_store(dataclasses.replace(settings, folder=tmp_path / "file")):
            pass


@pytest.mark.slow
async def test_memory_does_not_grow_with_what_waits_for_the_database(settings: StorageSettings) -> None:
    away = dataclasses.replace(settings, dsn="postgresql://a@127.0.0.1:1/b", drain_seconds=0.01)
    async with open_store(away) as store:
        mine(store.ledger, 3000)
        await until(lambda: store.state().away is not None)
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        for first in range(0, 30_000, 1000):
            mine(store.ledger, 1000, first=first)
            await asyncio.sleep(0)
        grown = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        assert store.state().journal_bytes > 6_000_000
    assert grown < 1_000_000


def test_the_store_and_the_tables_agree_on_verdicts_and_lengths() -> None:
    assert tuple(Verdict) == VERDICTS
    lengths = {
        column.name: getattr(column.type, "length", None)
        for table in (Pool, Miner, Worker, Submission)
        for column in table.__table__.columns
    }
    assert {lengths[name] for name in ("name", "username", "job", "reject_reason")} == {MOST_TEXT}
