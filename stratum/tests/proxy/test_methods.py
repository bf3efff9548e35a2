"""Each method, miner to pool and pool to miner, against a scripted pool."""

import json
from typing import Any

import pytest
from proxies import standing, until
from scripted_pool import PoolSide, ScriptedPool, job

from loka_stratum.shares import Verdict

pytestmark = pytest.mark.anyio


async def test_subscribe_is_passed_on_as_the_miner_wrote_it() -> None:
    async with standing() as stand:
        miner = await stand.miner()
        await miner.ask("first", "mining.subscribe", "cgminer/4.11", "session-7")
        assert stand.pool.miners[0].received[0]["params"] == ["cgminer/4.11", "session-7"]


async def test_authorize_maps_the_name_and_the_reply_keeps_the_miners_id() -> None:
    async with standing() as stand:
        miner = await stand.miner()
        assert await miner.ask(77, "mining.authorize", "farm.rig.1", "d=512") == {
            "id": 77,
            "result": True,
            "error": None,
        }
        assert stand.pool.miners[0].received[0]["params"] == ["ACCOUNT0.farm_rig_1", "d=512"]


async def test_a_refused_name_reaches_the_miner_with_the_pools_reason() -> None:
    async def refuse(side: PoolSide, message: dict[str, Any]) -> bool:
        if message.get("method") != "mining.authorize":
            return False
        side.answer(message, False, [24, "Unknown account", None])
        return True

    pool = ScriptedPool()
    pool.script = refuse
    async with standing(pool) as stand:
        miner = await stand.miner()
        answer = await miner.ask(5, "mining.authorize", "farm.rig1", "x")
        assert answer == {"id": 5, "result": False, "error": [24, "Unknown account", None]}
        assert stand.registry.value("stratum_auth_failures_total") == 1


async def test_a_name_without_a_user_is_refused_without_asking_the_pool() -> None:
    async with standing() as stand:
        miner = await stand.miner()
        answer = await miner.ask(5, "mining.authorize", ".rig1", "x")
        assert answer["error"] == [24, "a worker name is user.worker; the user is missing", None]
        assert stand.pool.miners == []


async def test_configure_keeps_the_version_mask_and_all_else_of_the_pools_reply() -> None:
    async with standing() as stand:
        miner = await stand.miner()
        extensions = [["version-rolling", "minimum-difficulty"], {"version-rolling.mask": "ffffffff"}]
        answer = await miner.ask(1, "mining.configure", *extensions)
        assert answer["result"] == {"version-rolling": True, "version-rolling.mask": "1fffe000"}
        assert stand.pool.miners[0].received[0]["params"] == extensions
        (session,) = stand.proxy.house.sessions
        assert session.mask == "1fffe000"


async def test_extranonce_subscribe_is_granted_whatever_the_pool_says() -> None:
    async def refuse(side: PoolSide, message: dict[str, Any]) -> bool:
        if message.get("method") != "mining.extranonce.subscribe":
            return False
        side.answer(message, False, [20, "Not supported", None])
        return True

    pool = ScriptedPool()
    pool.script = refuse
    async with standing(pool) as stand:
        miner = await stand.working_miner()
        assert await miner.ask(9, "mining.extranonce.subscribe") == {"id": 9, "result": True, "error": None}
        await pool.until(lambda: "mining.extranonce.subscribe" in pool.miners[0].methods())


@pytest.mark.parametrize(
    ("method", "params", "result"),
    [
        ("mining.suggest_difficulty", [512], True),
        ("mining.multi_version", [4], True),
        ("mining.get_transactions", ["j1"], ["0100", "0200"]),
    ],
)
async def test_a_request_is_passed_on_and_answered_under_the_miners_id(
    method: str, params: list[Any], result: object
) -> None:
    async with standing() as stand:
        miner = await stand.working_miner()
        assert await miner.ask("mine", method, *params) == {"id": "mine", "result": result, "error": None}
        assert stand.pool.miners[0].received[-1] == {"id": 3, "method": method, "params": params}


async def test_an_unknown_method_is_passed_on_with_the_pools_error() -> None:
    async with standing() as stand:
        miner = await stand.working_miner()
        answer = await miner.ask(4, "mining.mystery", {"deep": [1, "ü"]})
        assert answer == {"id": 4, "result": None, "error": [20, "Unknown method", None]}
        assert stand.pool.miners[0].received[-1]["params"] == [{"deep": [1, "ü"]}]


@pytest.mark.parametrize(
    ("result", "error", "verdict", "reason"),
    [
        (True, None, Verdict.ACCEPTED, None),
        (None, [21, "Job not found", None], Verdict.STALE, "Job not found"),
        (None, [22, "Duplicate share", None], Verdict.DUPLICATE, "Duplicate share"),
        (False, [23, "Low difficulty share", None], Verdict.REJECTED, "Low difficulty share"),
        (None, {"code": 20, "message": "Stale job"}, Verdict.STALE, "Stale job"),
        (False, None, Verdict.REJECTED, "refused without a reason"),
    ],
)
async def test_a_share_is_tracked_to_the_pools_answer(
    result: object, error: object, verdict: Verdict, reason: str | None
) -> None:
    async def judge(side: PoolSide, message: dict[str, Any]) -> bool:
        if message.get("method") != "mining.submit":
            return False
        side.answer(message, result, error)
        return True

    pool = ScriptedPool()
    pool.script = judge
    async with standing(pool) as stand:
        miner = await stand.working_miner()
        answer = await miner.submit(41, "j1")
        assert answer == {"id": 41, "result": result, "error": error}
        ((share, kept),) = zip(stand.ledger.shares.values(), stand.ledger.answers.values(), strict=True)
        assert (share.pool, share.miner, share.worker, share.job) == ("pool0", "farm", "rig1", "j1")
        assert str(share.difficulty) == "1024"
        assert (kept.share, kept.verdict, kept.reason) == (share.id, verdict, reason)
        assert stand.registry.value("stratum_share_submissions_total", verdict.value) == 1


async def test_shares_carry_the_difficulty_that_held_when_their_job_came() -> None:
    async with standing() as stand:
        miner = await stand.working_miner()
        side = stand.pool.miners[0]
        side.notify("mining.set_difficulty", 0.125)
        side.notify("mining.notify", *job("j2", clean=False))
        assert (await miner.until_method("mining.notify"))["params"][0] == "j2"
        await miner.submit(1, "j1")
        await miner.submit(2, "j2")
        assert [str(share.difficulty) for share in stand.ledger.shares.values()] == ["1024", "0.125"]


async def test_a_job_that_is_given_again_is_not_forgotten_as_the_oldest() -> None:
    async with standing() as stand:
        miner = await stand.working_miner()
        side = stand.pool.miners[0]
        for number in range(2, 65):
            side.notify("mining.notify", *job(f"j{number}", clean=False))
        side.notify("mining.set_difficulty", 5)
        side.notify("mining.notify", *job("j2", clean=False))
        side.notify("mining.set_difficulty", 9)
        for name in ("more", "last"):
            side.notify("mining.notify", *job(name, clean=False))
        while (await miner.until_method("mining.notify"))["params"][0] != "last":
            pass
        await miner.submit(1, "j2")
        assert [str(share.difficulty) for share in stand.ledger.shares.values()] == ["5"]


async def test_submissions_with_version_bits_are_passed_on_whole() -> None:
    async with standing() as stand:
        miner = await stand.working_miner()
        await miner.ask(3, "mining.submit", "farm.rig1", "j1", "00000001", "65000001", "0000abcd", "00002000")
        assert stand.pool.shares[0]["params"][1:] == ["j1", "00000001", "65000001", "0000abcd", "00002000"]


async def test_a_submission_of_a_name_that_did_not_authorize_never_reaches_the_pool() -> None:
    async with standing() as stand:
        miner = await stand.working_miner()
        answer = await miner.submit(3, "j1", name="thief.rig1")
        assert answer["error"] == [24, "Unauthorized worker", None]
        assert stand.pool.shares == []
        assert stand.ledger.shares == {}


async def test_a_share_that_cannot_be_kept_never_reaches_the_pool() -> None:
    async with standing() as stand:
        miner = await stand.working_miner()
        stand.ledger.full = True
        answer = await miner.submit(3, "j1")
        assert answer["error"] == [20, "The share can't be kept now", None]
        assert stand.pool.shares == []


async def test_several_workers_on_one_connection_keep_their_names() -> None:
    async with standing() as stand:
        miner = await stand.working_miner()
        await miner.ask(3, "mining.authorize", "farm.rig2", "x")
        await miner.submit(4, "j1", name="farm.rig2")
        await miner.submit(5, "j1", name="farm.rig1")
        assert [share["params"][0] for share in stand.pool.shares] == ["ACCOUNT0.farm_rig2", "ACCOUNT0.farm_rig1"]
        assert [share.worker for share in stand.ledger.shares.values()] == ["rig2", "rig1"]


async def test_answers_out_of_order_and_ids_used_twice_find_their_requests() -> None:
    held: list[tuple[PoolSide, dict[str, Any]]] = []

    async def hold(side: PoolSide, message: dict[str, Any]) -> bool:
        if message.get("method") != "mining.submit":
            return False
        held.append((side, message))
        return True

    pool = ScriptedPool()
    pool.script = hold
    async with standing(pool) as stand:
        miner = await stand.working_miner()
        for second in ("00000001", "00000002"):
            miner.send(4, "mining.submit", "farm.rig1", "j1", second, "65000001", "0000abcd")
        await pool.until(lambda: len(held) == 2)
        (side, first), (_, second_share) = held
        side.answer(second_share, True)
        side.answer(first, None, [22, "Duplicate share", None])
        assert (await miner.receive())["result"] is True
        assert (await miner.receive())["error"][0] == 22
        shares = list(stand.ledger.shares)
        assert {share: answer.verdict for share, answer in stand.ledger.answers.items()} == {
            shares[1]: Verdict.ACCEPTED,
            shares[0]: Verdict.DUPLICATE,
        }


# -- what pools say


async def test_work_is_passed_on_byte_for_byte() -> None:
    async with standing() as stand:
        miner = await stand.working_miner()
        line = b'{"params":' + json.dumps(job("j2")).encode() + b',  "id":null, "method":"mining.notify", "extra": 1}'
        stand.pool.miners[0].send_line(line)
        assert await miner.line() == line + b"\n"


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("mining.set_difficulty", [2048]),
        ("mining.set_extranonce", ["01020304", 4]),
        ("mining.set_version_mask", ["00ffe000"]),
        ("client.show_message", ["Maintenance at noon"]),
        ("mining.set_goal", ["another coin"]),
    ],
)
async def test_a_notification_reaches_the_miner(method: str, params: list[Any]) -> None:
    async with standing() as stand:
        miner = await stand.working_miner()
        await miner.ask(3, "mining.extranonce.subscribe")
        stand.pool.miners[0].notify(method, *params)
        assert await miner.receive() == {"id": None, "method": method, "params": params}


@pytest.mark.parametrize("method", ["client.get_version", "mining.ping"])
async def test_a_question_of_the_pools_is_answered_by_the_miner(method: str) -> None:
    async with standing() as stand:
        miner = await stand.working_miner()
        side = stand.pool.miners[0]
        side.send(id=501, method=method, params=[])
        assert (await miner.receive())["method"] == method
        miner.send_line(b'{"id": 501, "result": "cgminer/4.11", "error": null}')
        await stand.pool.until(lambda: side.received[-1] == {"id": 501, "result": "cgminer/4.11", "error": None})


async def test_an_answer_to_nothing_is_not_passed_on() -> None:
    async with standing() as stand:
        miner = await stand.working_miner()
        miner.send_line(b'{"id": 9, "result": true, "error": null}')
        await miner.submit(3, "j1")
        assert stand.pool.miners[0].methods()[-1] == "mining.submit"
        assert "answer" not in stand.pool.miners[0].methods()


async def test_a_pools_reconnect_moves_the_link_and_never_reaches_the_miner() -> None:
    other = ScriptedPool(extranonce=("aabbccdd", 4), job="elsewhere")
    await other.start()
    async with standing() as stand:
        miner = await stand.working_miner()
        stand.pool.miners[0].notify("client.reconnect", "127.0.0.1", other.port, 0)
        message = await miner.until_method("mining.notify")
        assert message["params"][0] == "elsewhere"
        assert all(seen.get("method") != "client.reconnect" for seen in miner.seen)
        await miner.submit(3, "elsewhere")
        assert len(other.shares) == 1
    await other.stop()


async def test_a_reconnect_to_a_strangers_host_is_not_followed() -> None:
    async with standing() as stand:
        miner = await stand.working_miner()
        stand.pool.miners[0].notify("client.reconnect", "evil.example.net", 3333, 0)
        await until(lambda: stand.registry.value("stratum_validation_errors_total", "pool") == 1)
        assert (await miner.submit(3, "j1"))["result"] is True


@pytest.mark.parametrize("parameters", [f'["127.0.0.1",PORT,{10**400}]', f'["127.0.0.1",{10**400}]', '["",0]', "7"])
async def test_a_reconnect_to_nowhere_is_not_followed(parameters: str) -> None:
    async with standing() as stand:
        miner = await stand.working_miner()
        (side,) = stand.pool.miners
        params = parameters.replace("PORT", str(stand.pool.port)).encode()
        side.send_line(b'{"id":null,"method":"client.reconnect","params":%b}' % params)
        assert (await miner.submit(3, "j1"))["result"] is True
        assert stand.pool.miners == [side]


async def test_a_pool_that_sends_garbage_is_left() -> None:
    backup = ScriptedPool(job="backup")
    once = {"retry_shortest": 60, "retry_longest": 60}  # asked again at once, it would answer: the miner might go back
    async with standing(ScriptedPool(), backup, failover=once) as stand:
        miner = await stand.working_miner()
        for _ in range(20):
            stand.pool.miners[0].send_line(b"not json")
        assert (await miner.until_method("mining.notify"))["params"][0] == "backup"
        assert stand.registry.value("stratum_protocol_parse_errors_total", "pool") == 20
