"""Deployments that are killed at any moment: the environment ends at the old or the new version, healthy, and the
history says which and why. ``SLUICE_FAULT_ROUNDS`` says how many; a hundred meet each phase that lasts.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable

import pytest
from deployed import Project

from sluice.delivery.deployment.state import Phase, fold_all
from sluice.store.ledgers.deployments import DeploymentLog

ROUNDS = int(os.environ.get("SLUICE_FAULT_ROUNDS", "6"))
SEED = int(os.environ.get("SLUICE_FAULT_SEED", "7"))
FINAL = {"finished", "rolled back", "abandoned"}
MANY = 100
LASTING = {Phase.REQUESTED, Phase.PREPARED, Phase.STARTED, Phase.HEALTHY, Phase.WATCHING}
"""Verified and switched are over in a millisecond; ``test_rollout`` has a kill after each event."""
VERIFY = '[environment.staging.verify]\ncommand = "sleep 0.3"\n'


@pytest.mark.slow
def test_a_kill_in_any_phase(
    make_project: Callable[..., Project], record_property: Callable[[str, object], None]
) -> None:
    project = make_project("", VERIFY)
    settings = project.root / "sluice.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("watch = 0.1", "watch = 0.4"), encoding="utf-8")
    chance = random.Random(SEED)  # noqa: S311 - no secret
    versions = [project.commit("v1"), project.commit("v2"), project.commit("ill")]
    began = time.monotonic()
    project.run("staging", "v1")
    span = (time.monotonic() - began) / 2
    ends: Counter[tuple[Phase | None, str]] = Counter()
    for number in range(ROUNDS):
        before = project.answer()
        version = chance.choice([one for one in versions if one != before])
        after = chance.uniform(0.3, 0.4) if number % 4 == 1 else chance.uniform(0.05, 0.3 + span)  # the first are short
        ends[_round(project, version, before, after, power=number % 3 == 2)] += 1
    met = {phase for phase, _ in ends}
    told = ", ".join(
        f"{count} {phase or 'before it began'}: {end}" for (phase, end), count in sorted(ends.items(), key=str)
    )
    record_property("checked", f"{ROUNDS} deployments killed at random, by the phase that they were in: {told}")
    assert ROUNDS < MANY or met >= LASTING, ends


def _round(project: Project, version: str, before: str, after: float, *, power: bool) -> tuple[Phase | None, str]:
    """Kill a deployment after so many seconds; say in which phase it was (none: it had not begun) and how it ended."""
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
    phase = _phase(project, known)
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
        return None, "not begun"
    last = history[-1]
    assert (last["phase"] == "finished") is (answer == version), told
    assert last["reason"] or last["phase"] == "finished", told
    assert version != "ill" or answer == before, told
    return phase, str(last["phase"])


def _phase(project: Project, known: int) -> Phase | None:
    """Of the deployment that was begun since there were so many, as the log has it."""
    log = DeploymentLog(project.home / "state/deployments.sqlite")
    found = fold_all(log.read(str(project.root), "staging"))[known:]
    return found[-1].phase if found else None
