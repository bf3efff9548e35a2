import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from proxies import standing
from scripted_pool import PoolSide, ScriptedPool

from loka_stratum.shares import Verdict

DIALOGUE = Path(__file__).parents[1] / "cases" / "dialogue.txt"


@pytest.mark.anyio
async def test_a_real_miners_dialogue_passes_through_both_ways() -> None:
    received: asyncio.Queue[tuple[PoolSide, dict[str, Any]]] = asyncio.Queue()

    async def listen(side: PoolSide, message: dict[str, Any]) -> bool:
        if not side.probing:
            received.put_nowait((side, message))
        return not side.probing

    pool = ScriptedPool()
    pool.script = listen
    async with standing(pool) as stand:
        miner = await stand.miner()
        side: PoolSide | None = None
        for line in DIALOGUE.read_text().splitlines():
            who, text = line[:2], line[3:]
            match who:
                case "M>":
                    miner.send_line(text.encode())
                case "P<":
                    side, message = await asyncio.wait_for(received.get(), 5)
                    assert message == json.loads(text)
                case "P>":
                    assert side is not None
                    side.send_line(text.encode())
                case "M<":
                    assert await miner.receive() == json.loads(text)
                case _:
                    assert line.startswith("#")
        assert stand.ledger.verdicts == [Verdict.ACCEPTED, Verdict.DUPLICATE, Verdict.STALE]
        assert {str(share.difficulty) for share in stand.ledger.shares.values()} == {"65536"}
