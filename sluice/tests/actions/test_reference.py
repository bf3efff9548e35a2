"""The reference of built-in actions is complete, true and up to date."""

from __future__ import annotations

from pathlib import Path

import pytest

from sluice.actions.builtin.registry import BUILTINS
from sluice.actions.reference.page import RealAction, default_of, real_actions, render

PAGE = Path(__file__).parents[3] / "docs/reference/actions.md"
REAL = {real.name: real for real in real_actions()}


def test_the_page_is_what_the_code_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), "run `make docs`"
    assert "**missing**" not in render()


def test_every_built_in_action_is_on_the_page() -> None:
    assert set(BUILTINS) == set(REAL)


@pytest.mark.parametrize("real", REAL.values(), ids=REAL)
def test_a_built_in_action_has_the_inputs_outputs_and_defaults_of_the_real_one(real: RealAction) -> None:
    action = BUILTINS[real.name]()
    assert set(action.manifest.inputs) == set(real.inputs)
    assert set(action.manifest.outputs) >= set(real.outputs)
    told = {*action.left_out, *real.differs}
    differing = {name for name, default in real.inputs.items() if default_of(action, name) != default}
    assert differing <= told, "a default that differs is told on the page"
    assert set(action.left_out) <= set(real.inputs)
    assert set(real.differs) <= {*real.inputs, *real.outputs}
