"""The file in which the runs of this machine share their concurrency groups."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from sluice.app.running.gate import SharedGate
from sluice.plan.rules.concurrency import Claim


@pytest.mark.parametrize(
    "left", [b"", b'{"groups": {"d', b"[]", b'{"groups": []}', b"\xff\xfe\x00", b'{"processes": {"a": 1}}']
)
def test_a_file_that_holds_something_else_counts_as_empty(tmp_path: Path, left: bytes) -> None:
    (tmp_path / "groups.json").write_bytes(left)
    gate = SharedGate(tmp_path / "groups.json")

    async def enter() -> bool:
        claim = Claim(owner="run", group="deploy")
        return await gate.enter(claim, waiting=lambda _: None, cancel=lambda _: None)

    assert anyio.run(enter)
    gate.leave("run")
    assert b"deploy" not in (tmp_path / "groups.json").read_bytes()
