import json
from typing import Any

import pytest
from proxies import standing
from scripted_pool import PoolSide, ScriptedPool

from loka_stratum.shares import Verdict

pytestmark = pytest.mark.anyio


async def test_a_miner_gets_work_and_its_share_is_accepted() -> None:
    async with standing() as stand:
        miner = await stand.miner()
        assert await miner.ask(1, "mining.subscribe", "test/1.0") == {
            "id": 1,
            "result": [[["mining.set_difficulty", "s1"], ["mining.notify", "s1"]], "aabbccdd", 4],
            "error": None,
        }
        assert await miner.ask(2, "mining.authorize", "farm.rig1", "x") == {"id": 2, "result": True, "error": None}
        assert (await miner.until_method("mining.notify"))["params"][0] == "j1"
        assert await miner.submit("a", "j1") == {"id": "a", "result": True, "error": None}
        assert [share["params"] for share in stand.pool.shares] == [
            ["ACCOUNT0.farm_rig1", "j1", "00000001", "65000001", "0000abcd"]
        ]
        assert stand.ledger.verdicts == [Verdict.ACCEPTED]


@pytest.mark.parametrize(
    "line",
    [
        b'{"id": 7, "method": "mining.submit", "params": ["farm.rig1", "j1", "00", "65000001", "ab"]}',
        b'{"params":["farm.rig1","j1","00","65000001","ab"],"id":7,"method":"mining.submit"}\r',
        b'{"id":7,"method":"mining.sub\\u006dit","params":["farm\\u002erig1","j1","00","65000001","ab"]}',
        '{"id":7,"who":"ü","method":"mining.submit","params":["farm.rig1","j1","00","65000001","ab"]}'.encode(),
    ],
)
async def test_a_share_reaches_the_pool_as_the_same_bytes_however_the_miner_writes_it(line: bytes) -> None:
    async with standing() as stand:
        miner = await stand.working_miner()
        miner.send_line(line)
        assert await miner.line() == b'{"id":7,"result":true,"error":null}\n'
        assert stand.pool.shares == [
            {
                "id": 3,
                "method": "mining.submit",
                "params": ["ACCOUNT0.farm_rig1", "j1", "00", "65000001", "ab"],
            }
        ]


async def test_several_shares_in_one_piece_are_all_passed_on_in_order() -> None:
    async with standing() as stand:
        miner = await stand.working_miner()
        share = b'{"id":%d,"method":"mining.submit","params":["farm.rig1","j1","%02d","65000001","ab"]}'
        miner.send_line(b"\n".join(share % (number, number) for number in range(9)))
        answers = [json.loads(await miner.line())["id"] for _ in range(9)]
        assert answers == list(range(9))
        assert [each["params"][2] for each in stand.pool.shares] == [f"{number:02}" for number in range(9)]


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        ('{"id":%d,"result":true,"error":null}', Verdict.ACCEPTED),
        ('{"error":false,"result":true,"id":%d}', Verdict.ACCEPTED),
        ('{"id":"%d","result":true,"error":null}', Verdict.ACCEPTED),
        ('{"id":"%d","result":null,"error":[21,"Job not found",null]}', Verdict.STALE),
    ],
)
async def test_an_answer_is_taken_however_the_pool_writes_its_id(line: str, verdict: Verdict) -> None:
    async def answer(side: PoolSide, message: dict[str, Any]) -> bool:
        if message.get("method") != "mining.submit":
            return False
        side.send_line((line % message["id"]).encode())
        return True

    pool = ScriptedPool()
    pool.script = answer
    async with standing(pool) as stand:
        miner = await stand.working_miner()
        assert (await miner.submit("a", "j1"))["id"] == "a"
        assert stand.ledger.verdicts == [verdict]


@pytest.mark.parametrize("identifier", ['"x"', '""', '"3 "', '"1_0"', "3.0", "99", "-3", "null", "9" * 60])
async def test_an_answer_to_nothing_that_was_asked_changes_nothing(identifier: str) -> None:
    async def answer(side: PoolSide, message: dict[str, Any]) -> bool:
        if message.get("method") != "mining.submit":
            return False
        side.send_line(f'{{"id":{identifier},"result":true,"error":null}}'.encode())
        side.answer(message, False, [20, "no", None])
        return True

    pool = ScriptedPool()
    pool.script = answer
    async with standing(pool) as stand:
        miner = await stand.working_miner()
        assert await miner.submit(9, "j1") == {"id": 9, "result": False, "error": [20, "no", None]}
        assert stand.ledger.verdicts == [Verdict.REJECTED]
        assert stand.registry.value("stratum_validation_errors_total", "pool") == 1


async def test_every_byte_is_counted_for_the_first_user_those_before_it_was_known_too() -> None:
    async with standing() as stand:
        miner = await stand.miner()
        sent = [
            b'{"id":1,"method":"mining.subscribe","params":[]}',
            b'{"id":2,"method":"mining.authorize","params":["farm.rig1","x"]}',
            b'{"id":3,"method":"mining.authorize","params":["other.rig1","x"]}',
            b'{"id":4,"method":"mining.submit","params":["other.rig1","j1","00","65000001","ab"]}',
        ]
        received = 0
        for number, line in enumerate(sent, 1):
            miner.send_line(line)
            answered = False
            while not answered:
                got = await miner.line()
                received += len(got)
                answered = json.loads(got).get("id") == number
        first, second = map(stand.proxy.house.accounts.of, ("farm", "other"))
        notes = first.bytes_out - received
        assert (first.bytes_in, second.bytes_in, second.bytes_out) == (sum(len(line) + 1 for line in sent), 0, 0)
        assert notes >= 0
        while notes:
            notes -= len(await miner.line())
        assert notes == 0
