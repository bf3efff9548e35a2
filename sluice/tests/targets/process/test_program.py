"""A program that is kept running ends whenever it is told to."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from slots import make_slot

from sluice.targets.process.program import Program

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.parametrize("steps", range(12))
async def test_it_ends_though_it_is_told_to_while_it_starts(steps: int, tmp_path: Path) -> None:
    program = Program(make_slot(1, tmp_path), tmp_path / "log", lambda _: None)
    keeping = asyncio.create_task(program.keep())
    for _ in range(steps):
        await asyncio.sleep(0)
    await program.end()
    await asyncio.wait_for(keeping, 60)
    assert program.state == "ending"
