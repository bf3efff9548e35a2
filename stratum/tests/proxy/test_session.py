import pytest
from proxies import standing

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
