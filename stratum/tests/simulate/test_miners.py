"""Miners against the simulated pool, without anything between."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from loka_stratum.simulate.faults import read_faults
from loka_stratum.simulate.miners import Crowd, MinersSettings, MinersTally
from loka_stratum.simulate.pool import Pool, PoolSettings
from loka_stratum.simulate.record import Record, read_record

pytestmark = pytest.mark.anyio


async def mined(pool: Pool, *, until: Callable[[Crowd], bool], record: Record | None = None, **settings: Any) -> Crowd:
    """Run a crowd against the pool until enough has happened, and 20 seconds at most."""
    port = await pool.start()
    crowd = Crowd(MinersSettings(port=port, **settings), record)

    async def watch() -> None:
        async with asyncio.timeout(20):
            while not until(crowd):  # noqa: ASYNC110 (what is waited for is anything a test may name)
                await asyncio.sleep(0.005)
        crowd.finish()

    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(crowd.run())
            tasks.create_task(watch())
    finally:
        await pool.stop()
    return crowd


async def test_what_miners_saw_accepted_is_what_the_pool_accepted(tmp_path: Path) -> None:
    with Record(tmp_path / "pool") as kept, Record(tmp_path / "miners") as seen:
        pool = Pool(record=kept)
        crowd = await mined(
            pool, until=lambda crowd: crowd.tally.accepted >= 300, record=seen, count=30, rate=50, users=3
        )
    ours, theirs = (list(read_record(tmp_path / name)) for name in ("miners", "pool"))
    assert Counter((each.name, each.hash, each.version, each.nonce) for each in ours) == Counter(
        (each.name, each.hash, each.version, each.nonce) for each in theirs
    )
    assert len(ours) == crowd.tally.accepted == crowd.tally.submitted == pool.tally.accepted
    assert crowd.tally.rejected == pool.tally.refused == {}
    assert crowd.tally.unanswered == 0
    assert crowd.tally.latencies.count == crowd.tally.submitted
    assert {name.partition(".")[0] for name in pool.tally.accepted_by_name} == {"farm1", "farm2", "farm3"}
    assert len({each.version for each in ours}) > 100, "the version is rolled"


async def test_without_rolling_the_version_stays_the_jobs(tmp_path: Path) -> None:
    with Record(tmp_path / "pool") as kept:
        await mined(
            Pool(record=kept),
            until=lambda crowd: crowd.tally.accepted >= 20,
            count=2,
            rate=0,
            version_rolling=False,
        )
    assert {each.version for each in read_record(tmp_path / "pool")} == {"20000000"}


async def test_without_a_pace_the_next_share_follows_the_last_answer() -> None:
    crowd = await mined(Pool(), until=lambda crowd: crowd.tally.accepted >= 200, count=1, rate=0)
    assert crowd.tally.accepted == crowd.tally.submitted


@pytest.mark.slow
async def test_the_pace_is_what_was_ordered() -> None:
    pool = Pool()
    port = await pool.start()
    crowd = Crowd(MinersSettings(port=port, count=50, rate=4, duration=1.5))
    await crowd.run()
    await pool.stop()
    assert 180 < crowd.tally.submitted < 400, "50 miners, 4 a second, 1.5 seconds: 300 on average"
    assert 1.5 <= crowd.seconds < 5


async def test_refusals_are_counted_by_code_on_both_sides() -> None:
    pool = Pool(faults=read_faults("reject=40%"))
    crowd = await mined(pool, until=lambda crowd: crowd.tally.submitted >= 200, count=5, rate=0)
    assert dict(crowd.tally.rejected) == {"20": pool.tally.refused[20]}
    assert crowd.tally.accepted + crowd.tally.rejected["20"] == crowd.tally.submitted
    assert 40 < crowd.tally.rejected["20"] < 130


async def test_miners_come_back_when_they_are_cut_off_and_name_what_was_not_answered() -> None:
    pool = Pool(faults=read_faults("disconnect-after=5"))
    crowd = await mined(pool, until=lambda crowd: crowd.tally.connections >= 9, count=3, rate=0)
    assert crowd.tally.accepted == pool.tally.accepted
    assert crowd.tally.unanswered == pool.tally.faults["disconnect"] >= 6


async def test_miners_that_are_sent_away_come_back() -> None:
    pool = Pool(faults=read_faults("reconnect=50ms"))
    crowd = await mined(pool, until=lambda crowd: crowd.tally.authorized >= 6, count=2, rate=20)
    assert crowd.tally.accepted + crowd.tally.unanswered == crowd.tally.submitted
    assert crowd.tally.connections >= 6


async def test_malformed_lines_are_counted_and_change_nothing() -> None:
    pool = Pool(faults=read_faults("malformed=100%"))
    crowd = await mined(pool, until=lambda crowd: crowd.tally.accepted >= 100, count=2, rate=0)
    assert crowd.tally.connections == 2
    assert crowd.tally.accepted == crowd.tally.submitted == pool.tally.accepted
    assert crowd.tally.malformed_lines == pool.tally.faults["malformed"]


async def test_miners_follow_new_jobs_difficulties_extranonces_and_masks() -> None:
    pool = Pool()
    orders: list[Callable[[], object]] = [
        lambda: pool.new_job(clean=True),
        lambda: pool.set_difficulty(Decimal("0.00000002")),
        pool.set_extranonces,
        lambda: pool.set_mask(0x00FFE000),
        lambda: pool.ask("client.get_version"),
        lambda: pool.broadcast("client.show_message", "hello"),
        lambda: pool.ask("client.hum"),
    ]

    def enough(crowd: Crowd) -> bool:
        if orders and crowd.tally.accepted >= 50 * (8 - len(orders)):
            orders.pop(0)()
        return crowd.tally.accepted >= 450

    crowd = await mined(pool, until=enough, count=5, rate=0)
    assert not orders
    assert set(crowd.tally.rejected) <= {"21", "20"}, "shares that crossed a new job or a narrower mask on the way"
    assert sum(crowd.tally.rejected.values()) <= 10
    assert crowd.tally.malformed_lines == 0


@pytest.mark.slow
async def test_a_search_goes_on_with_the_new_job_when_one_comes() -> None:
    pool = Pool(PoolSettings(difficulty=Decimal("0.000005"), job_every=0.05, block_every=0.2))
    crowd = await mined(pool, until=lambda crowd: crowd.tally.accepted >= 5 and crowd.tally.jobs > 2, count=1, rate=0)
    assert crowd.tally.rejected.total() <= 1


async def test_where_nobody_listens_miners_try_again_until_it_is_over() -> None:
    crowd = Crowd(MinersSettings(port=1, count=3, duration=0.5))
    await crowd.run()
    assert crowd.tally.failed_connections >= 6
    assert crowd.tally.connections == 0


async def test_names_that_are_refused_mine_nothing() -> None:
    settings = PoolSettings(refused_names=frozenset(["farm.rig0001"]))
    crowd = await mined(
        Pool(settings),
        until=lambda crowd: crowd.tally.accepted >= 20 and crowd.tally.refused_requests > 0,
        count=2,
        rate=0,
    )
    assert crowd.tally.authorized == crowd.tally.refused_requests == 1


@pytest.mark.slow
async def test_thousands_of_miners_in_one_process() -> None:
    crowd = await mined(
        Pool(),
        until=lambda crowd: crowd.tally.authorized == 2000 and crowd.tally.accepted >= 2000,
        count=2000,
        rate=0.5,
        connect_rate=2000,
    )
    assert crowd.tally.connections == 2000
    assert crowd.tally.rejected == {}


def test_the_same_seed_gives_the_same_names() -> None:
    settings = MinersSettings(users=2, user="a")
    assert [settings.name(index) for index in range(3)] == ["a1.rig0001", "a2.rig0002", "a1.rig0003"]
    assert MinersSettings().name(0) == "farm.rig0001"


@pytest.mark.parametrize(
    ("error", "code"),
    [([21, "Job not found", None], "21"), ({"code": 23, "message": "low"}, "23"), ("no", "other"), (None, "other")],
)
def test_refusals_are_read_as_pools_write_them(error: object, code: str) -> None:
    tally = MinersTally()
    tally.count_refusal(error)
    assert tally.rejected == {code: 1}
    assert json.loads(json.dumps(tally.report(1.0)))["rejected"] == {code: 1}
