"""The simulation's aims for false alarms and for power, with a seed: what ``benches/gates.py`` shows at full length."""

from __future__ import annotations

import importlib.util
import math
import random
import sys
from pathlib import Path
from types import ModuleType

import pytest

from sluice.gates.statistics.sequential import DEFAULT_LOOKS, Look, Looks, Outcome

pytestmark = pytest.mark.slow
SCRIPT = Path(__file__).parents[4] / "benches/gates.py"


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benches_gates", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["benches_gates"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


gates = load()


def compared(noise: str, change: float, trials: int, looks: Looks = DEFAULT_LOOKS) -> list[Look]:
    source = random.Random(f"test {noise} {change}")  # noqa: S311 - noise
    return [gates.ours(gates.MODELS[noise](source), math.log1p(change), looks) for _ in range(trials)]


def share(found: list[Look], outcome: Outcome) -> float:
    return sum(one.outcome is outcome for one in found) / len(found)


@pytest.mark.parametrize("noise", list(gates.MODELS))
def test_no_change_fails_at_most_once_in_a_thousand(noise: str) -> None:
    found = compared(noise, 0.0, 4000)
    assert share(found, Outcome.FAIL) <= 0.001
    if noise == "independent 10 %":
        assert sum(one.estimate.size for one in found) / len(found) <= 15


@pytest.mark.parametrize(
    ("noise", "change", "least"),
    [
        ("independent 10 %", 0.25, 0.95),
        ("independent 20 %", 0.25, 0.80),
        *((noise, 0.30, 0.97) for noise in gates.MODELS),
    ],
)
def test_a_change_above_the_threshold_is_found(noise: str, change: float, least: float) -> None:
    assert share(compared(noise, change, 1000), Outcome.FAIL) >= least


def test_a_change_between_the_thresholds_seldom_fails() -> None:
    found = compared("independent 10 %", 0.15, 1000)
    assert share(found, Outcome.FAIL) <= 0.05
    assert share(found, Outcome.PASS) <= 0.05


def test_what_the_aims_refuse() -> None:
    """The aims can be missed: by one run against a stored one, and by a single look at 8 pairs."""
    source = random.Random("single")  # noqa: S311 - noise
    alarms = sum(gates.single(gates.MODELS["per-run shift"], source, 0.0) for _ in range(1000))
    assert alarms > 100
    hasty = compared("independent 20 %", 0.25, 500, Looks(pairs=(8,)))
    assert share(hasty, Outcome.FAIL) < 0.80
