"""Pools that die, hang, refuse and come back; miners stay and are given work."""

import asyncio
from dataclasses import asdict
from typing import Any

import pytest
from msgspec import Raw
from proxies import standing, until
from scripted_miner import ScriptedMiner
from scripted_pool import PoolSide, ScriptedPool, job

from loka_stratum.configuration.settings import Failover
from loka_stratum.configuration.values import Endpoint
from loka_stratum.protocol.messages import MalformedError
from loka_stratum.proxy.house.addresses import Addresses
from loka_stratum.proxy.pools.redirect import may_follow, read_redirect
from loka_stratum.shares import Verdict

pytestmark = pytest.mark.anyio


def pools(*, second: tuple[str, int] = ("01020304", 4)) -> list[ScriptedPool]:
    return [ScriptedPool(job="first"), ScriptedPool(extranonce=second, job="second", difficulty=64)]


async def silent(_side: PoolSide, message: dict[str, Any]) -> bool:
    return message.get("method") == "mining.submit"


async def test_a_miner_that_takes_extranonces_stays_and_is_told_the_new_one() -> None:
    first, second = pools()
    async with standing(first, second) as stand:
        miner = await stand.working_miner()
        await miner.ask(3, "mining.extranonce.subscribe")
        await first.stop()
        assert (await miner.receive())["params"] == ["01020304", 4]
        assert await miner.receive() == {"id": None, "method": "mining.set_difficulty", "params": [64]}
        notify = await miner.receive()
        assert (notify["params"][0], notify["params"][8]) == ("second", True)
        assert (await miner.submit(4, "second"))["result"] is True
        assert second.shares[0]["params"][0] == "ACCOUNT1.farm_rig1"
        share = list(stand.ledger.shares.values())[-1]
        assert (share.pool, str(share.difficulty)) == ("pool1", "64")
        assert stand.registry.value("stratum_pool_moves_total", "told") == 1


async def test_a_miner_that_cannot_be_told_has_its_extranonce_spliced_into_the_new_pools() -> None:
    first, second = pools(second=("01020304", 8))
    async with standing(first, second) as stand:
        miner = await stand.working_miner()
        await first.stop()
        assert (await miner.receive())["method"] == "mining.set_difficulty"
        notify = await miner.receive()
        assert notify["params"][2] == "0100" + "01020304"
        assert (await miner.submit(4, "second", second="0000beef"))["result"] is True
        assert second.shares[0]["params"][2] == "aabbccdd" + "0000beef"
        second.miners[-1].notify("mining.notify", *job("later"))
        assert (await miner.receive())["params"][2] == "010001020304"


async def seconds_of(pool: ScriptedPool, miner: ScriptedMiner, *jobs: str) -> list[str]:
    """What the pool is given as second extranonce for shares of these jobs, of which each has ``beef``."""
    before = len(pool.shares)
    for identifier, each in enumerate(jobs, 100):
        await miner.submit(identifier, each, second="0000beef")
    return [share["params"][2] for share in pool.shares[before:]]


async def test_a_share_is_rewritten_as_its_job_was_when_the_pool_changes_its_extranonce_meanwhile() -> None:
    async with standing() as stand:
        miner = await stand.working_miner()
        (side,) = stand.pool.miners
        side.notify("mining.set_extranonce", "01020304", 8)
        assert await seconds_of(stand.pool, miner, "j1") == ["0000beef"]
        side.notify("mining.notify", *job("j2", clean=False))
        assert (await miner.until_method("mining.notify"))["params"][2] == "010001020304"
        assert await seconds_of(stand.pool, miner, "j1", "j2") == ["0000beef", "aabbccdd0000beef"]
        side.notify("mining.set_extranonce", "0102", 10)
        side.notify("mining.notify", *job("j1", clean=False))
        assert (await miner.until_method("mining.notify"))["params"][0] == "j1"
        assert await seconds_of(stand.pool, miner, "j1", "j2") == ["0000aabbccdd0000beef", "aabbccdd0000beef"]


async def test_a_share_for_the_former_pool_is_rewritten_as_its_job_was() -> None:
    first, second = pools(second=("01020304", 8))
    async with standing(first, second, failover={"return_after": 0.2}) as stand:
        miner = await stand.working_miner()
        await first.stop()
        assert (await miner.until_method("mining.notify"))["params"][0] == "second"
        await first.start()
        assert (await miner.until_method("mining.notify"))["params"][0] == "first"
        assert await seconds_of(second, miner, "second") == ["aabbccdd0000beef"]


@pytest.mark.slow
async def test_a_miner_that_cannot_be_helped_is_asked_to_come_back() -> None:
    first, second = pools()
    async with standing(first, second) as stand:
        miner = await stand.working_miner()
        await first.stop()
        assert await miner.receive() == {"id": None, "method": "client.reconnect", "params": []}
        again = await stand.miner()
        answer = await again.ask(1, "mining.subscribe", "test/1.0")
        assert answer["result"][1] == "01020304"
        assert await miner.ended()


async def test_a_pool_that_knows_the_session_gives_the_same_extranonce_and_nothing_is_said() -> None:
    async with standing(ScriptedPool(job="first")) as stand:
        miner = await stand.working_miner()
        stand.pool.job = "next"
        stand.pool.miners[0].hang_up()
        assert (await miner.receive())["method"] == "mining.set_difficulty"
        assert (await miner.receive())["params"][0] == "next"
        assert stand.pool.miners[-1].received[0]["params"] == ["test/1.0", "s1"]
        assert stand.registry.value("stratum_pool_moves_total", "same") == 1


async def test_another_version_mask_is_told() -> None:
    first, second = pools(second=("aabbccdd", 4))
    second.mask = "00ffe000"
    async with standing(first, second) as stand:
        miner = await stand.miner()
        await miner.ask(0, "mining.configure", ["version-rolling"], {"version-rolling.mask": "ffffffff"})
        await miner.handshake()
        await first.stop()
        assert await miner.receive() == {"id": None, "method": "mining.set_version_mask", "params": ["00ffe000"]}


async def test_the_handshake_is_asked_of_the_new_pool_in_its_order_and_its_terms() -> None:
    first, second = pools(second=("aabbccdd", 4))
    async with standing(first, second) as stand:
        miner = await stand.miner()
        await miner.ask(0, "mining.configure", ["version-rolling"], {})
        await miner.handshake("farm.rig1")
        await miner.ask(3, "mining.authorize", "farm.rig2", "x")
        await miner.ask(4, "mining.suggest_difficulty", 512)
        await first.stop()
        await second.until(lambda: second.miners and len(second.miners[0].received) == 5)
        assert second.miners[0].methods() == [
            "mining.configure",
            "mining.subscribe",
            "mining.authorize",
            "mining.authorize",
            "mining.suggest_difficulty",
        ]
        assert [message["params"][0] for message in second.miners[0].received[2:4]] == [
            "ACCOUNT1.farm_rig1",
            "ACCOUNT1.farm_rig2",
        ]


async def test_a_share_whose_pool_dies_is_kept_as_unanswered_and_the_miner_is_told() -> None:
    first, second = pools()
    first.script = silent
    async with standing(first, second) as stand:
        miner = await stand.working_miner()
        miner.send(7, "mining.submit", "farm.rig1", "first", "00000001", "65000001", "0000abcd")
        await first.until(lambda: first.shares)
        await first.stop()
        answer = await miner.answer_to(7)
        assert answer["error"] == [20, "The pool's connection ended before it answered", None]
        assert stand.ledger.verdicts == [Verdict.UNANSWERED]


async def test_a_share_for_a_pool_that_is_gone_is_kept_as_stale_and_goes_nowhere() -> None:
    first, second = pools(second=("aabbccdd", 4))
    async with standing(first, second) as stand:
        miner = await stand.working_miner()
        await first.stop()
        await miner.until_method("mining.notify")
        assert (await miner.submit(7, "first"))["error"] == [21, "Job not found", None]
        assert second.shares == []
        share = next(iter(stand.ledger.shares.values()))
        assert (share.pool, str(share.difficulty), stand.ledger.verdicts) == ("pool0", "1024", [Verdict.STALE])


async def test_miners_return_to_the_better_pool_while_the_other_one_serves() -> None:
    first, second = pools()
    async with standing(first, second) as stand:
        miner = await stand.working_miner()
        await miner.ask(3, "mining.extranonce.subscribe")
        await first.stop()
        assert (await miner.until_method("mining.notify"))["params"][0] == "second"
        first.job = "again"
        await first.start()
        assert (await miner.until_method("mining.notify"))["params"][0] == "again"
        assert (await miner.submit(4, "second"))["result"] is True, (
            "the old pool takes shares of its own jobs for a while"
        )
        assert (await miner.submit(5, "again"))["result"] is True
        assert [len(first.shares), len(second.shares)] == [1, 1]
        assert stand.ledger.verdicts == [Verdict.ACCEPTED, Verdict.ACCEPTED]


async def test_a_miner_waits_connected_while_no_pool_is_there() -> None:
    first = ScriptedPool(job="first")
    await first.start()
    await first.stop()
    async with standing(first) as stand:
        miner = await stand.miner()
        miner.send(1, "mining.subscribe", "test/1.0")
        miner.send(2, "mining.authorize", "farm.rig1", "x")
        await until(lambda: stand.proxy.house.pools.all[0].answers is False)
        await first.start()
        assert (await miner.answer_to(1))["result"][1] == "aabbccdd"
        assert (await miner.until_method("mining.notify"))["params"][0] == "first"


USUAL = asdict(Failover())


@pytest.mark.slow
async def test_the_return_of_the_only_pool_is_noticed_in_seconds_however_long_it_was_away() -> None:
    only = ScriptedPool()
    await only.start()
    await only.stop()
    async with standing(only, failover=USUAL) as stand:
        pool = stand.proxy.house.pools.all[0]
        await until(lambda: pool.answers is False)
        pool.failures = 10_000
        await until(lambda: pool.failures > 10_000)
        await only.start()
        await until(lambda: stand.proxy.house.pools.any_answers, 7)


@pytest.mark.slow
async def test_a_pool_that_was_heard_a_moment_before_it_went_is_asked_again_soon() -> None:
    only = ScriptedPool()
    async with standing(only, failover=USUAL) as stand:
        miner = await stand.working_miner()
        await only.stop()
        await until(lambda: not stand.proxy.house.pools.any_answers)
        await only.start()
        await until(lambda: stand.proxy.house.pools.any_answers, 6)
        only.miners[-1].notify("mining.notify", *job("after"))
        assert (await miner.until_method("mining.notify"))["params"][0] == "j1"


async def test_a_pool_that_did_not_answer_is_looked_up_again() -> None:
    addresses, place = Addresses(), Endpoint("localhost", 9)
    before = await addresses.of(place)
    asked: list[str] = []
    with pytest.MonkeyPatch.context() as patch:

        async def elsewhere(host: str) -> list[str]:
            asked.append(host)
            return ["127.0.0.9"]

        patch.setattr("loka_stratum.proxy.house.addresses._resolve", elsewhere)
        assert await addresses.of(place) == before
        addresses.doubt(place)
        assert await addresses.of(place) == ["127.0.0.9"]
    assert asked == ["localhost"]


async def test_a_new_miner_is_sent_to_the_pool_that_answers() -> None:
    first, second = pools()
    await first.start()
    await first.stop()
    async with standing(first, second) as stand:
        await until(lambda: stand.proxy.house.pools.all[0].answers is False)
        miner = await stand.working_miner()
        assert (await miner.submit(3, "second"))["result"] is True


async def test_a_pool_that_hangs_is_left_when_an_answer_is_overdue() -> None:
    first, second = pools(second=("aabbccdd", 4))
    first.script = silent
    # Long enough for the second's own answers on a machine at work: one that is late, too, sends the miner back.
    async with standing(first, second, failover={"answer_timeout": 1.5}) as stand:
        miner = await stand.working_miner()
        miner.send(7, "mining.submit", "farm.rig1", "first", "00000001", "65000001", "0000abcd")
        assert (await miner.answer_to(7))["error"][0] == 20
        assert (await miner.until_method("mining.notify"))["params"][0] == "second"
        assert stand.registry.value("stratum_timeout_errors_total", "pool-answer") >= 1


async def test_a_pool_that_says_nothing_for_too_long_is_left() -> None:
    first, second = pools(second=("aabbccdd", 4))
    async with standing(first, second, failover={"silence_timeout": 1.0, "check_interval": 60}) as stand:
        miner = await stand.working_miner()
        assert (await miner.until_method("mining.notify"))["params"][0] == "second"
        assert stand.registry.value("stratum_timeout_errors_total", "pool-silence") >= 1


async def test_a_backup_that_refuses_the_name_is_not_taken() -> None:
    async def refuse(side: PoolSide, message: dict[str, Any]) -> bool:
        if message.get("method") != "mining.authorize":
            return False
        side.answer(message, False, [24, "Unknown", None])
        side.notify("mining.notify", *job("trap"))
        return True

    first, second = pools(second=("aabbccdd", 4))
    third = ScriptedPool(job="third")
    second.script = refuse
    async with standing(first, second, third) as stand:
        miner = await stand.working_miner()
        await first.stop()
        assert (await miner.until_method("mining.notify"))["params"][0] == "third"


async def test_shares_of_a_miner_that_hangs_up_still_get_their_verdict() -> None:
    held = asyncio.Event()

    async def later(_side: PoolSide, message: dict[str, Any]) -> bool:
        if message.get("method") != "mining.submit":
            return False
        await held.wait()
        return False

    pool = ScriptedPool()
    pool.script = later
    async with standing(pool) as stand:
        miner = await stand.working_miner()
        miner.send(7, "mining.submit", "farm.rig1", "j1", "00000001", "65000001", "0000abcd")
        await pool.until(lambda: pool.shares)
        miner.close()
        await until(lambda: not stand.proxy.house.sessions)
        held.set()
        await until(lambda: stand.ledger.verdicts == [Verdict.ACCEPTED])
        await until(lambda: not stand.proxy.house.links)


@pytest.mark.parametrize(
    ("policy", "wanted", "follows"),
    [
        ("same-domain", "eu.pool.example.com", True),
        ("same-domain", "example.org", False),
        ("same-domain", "10.0.0.9", False),
        ("never", "stratum.example.com", False),
        ("always", "example.org", True),
    ],
)
async def test_where_a_pool_may_send_its_miners(policy: str, wanted: str, *, follows: bool) -> None:
    assert may_follow(policy, Endpoint("stratum.example.com", 1), Endpoint(wanted, 1)) is follows


async def test_domains_under_a_countrys_second_level_are_three_labels() -> None:
    assert not may_follow("same-domain", Endpoint("a.one.co.uk", 1), Endpoint("a.two.co.uk", 1))
    assert may_follow("same-domain", Endpoint("a.one.co.uk", 1), Endpoint("b.one.co.uk", 1))


async def test_a_reconnect_without_parameters_means_the_same_place() -> None:
    place = Endpoint("pool.example.com", 3333)
    assert read_redirect(Raw(b"[]"), place).place == place
    assert read_redirect(Raw(b'["other.example.com", "4444", 10]'), place).place == Endpoint("other.example.com", 4444)
    with pytest.raises(MalformedError):
        read_redirect(Raw(b'["bad host", 3333]'), place)
