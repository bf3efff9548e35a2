"""Deployments that are killed at any moment: the environment ends at the old or the new version, healthy, and the
history says which and why. ``SLUICE_FAULT_ROUNDS`` says how many.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable

import pytest
from deployed import Project

ROUNDS = int(os.environ.get("SLUICE_FAULT_ROUNDS", "6"))
SEED = int(os.environ.get("SLUICE_FAULT_SEED", "7"))
FINAL = {"finished", "rolled back", "abandoned"}


@pytest.mark.slow
def test_a_kill_in_any_phase(project: Project, record_property: Callable[[str, object], None]) -> None:
    chance = random.Random(SEED)  # noqa: S311 - no secret
    versions = [project.commit("v1"), project.commit("v2"), project.commit("ill")]
    began = time.monotonic()
    project.run("staging", "v1")
    span = (time.monotonic() - began) / 2
    ends: Counter[str] = Counter()
    for number in range(ROUNDS):
        before = project.answer()
        version = chance.choice([one for one in versions if one != before])
        ends[_round(project, version, before, chance.uniform(0.05, 0.3 + span), power=number % 3 == 2)] += 1
    record_property("checked", f"{ROUNDS} deployments killed at random: {dict(ends)}")


def _round(project: Project, version: str, before: str, after: float, *, power: bool) -> str:
    """Kill a deployment after so many seconds; say how it ended."""
    known = len(project.history())
    process = project.start("staging", version)
    assert process.stdout is not None
    if after > 0.3:  # else it is killed while it only reads its settings
        process.stdout.readline()
    time.sleep(after - 0.3 if after > 0.3 else after)
    process.kill()
    if power:
        project.cut_power()
    process.communicate()
    said = project.run("status")
    history = project.history()
    answer = project.answer()
    told = f"{version} over {before}, killed after {after:.2f} s: {answer}, {history[-1]}\n{said}"
    assert "healthy" in said, told
    assert "unhealthy" not in said, told
    assert answer in {before, version}, told
    assert all(one["phase"] in FINAL for one in history), told
    if len(history) == known:  # it was killed before it began
        assert answer == before, told
        return "not begun"
    last = history[-1]
    assert (last["phase"] == "finished") is (answer == version), told
    assert last["reason"] or last["phase"] == "finished", told
    assert version != "ill" or answer == before, told
    return str(last["phase"])
