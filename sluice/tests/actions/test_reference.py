"""The reference of built-in actions is complete, true and up to date."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from sluice.actions.builtin.registry import BUILTINS
from sluice.actions.protocol import BuiltinAction
from sluice.actions.reference.page import RealAction, real_actions, render
from sluice.workflow.tokens import BooleanToken, ExpressionToken, NumberToken, StringToken, Token

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


def default_of(action: BuiltinAction, name: str) -> str:
    """An input's default as ``real.toml`` writes it."""
    definition = action.manifest.inputs[name]
    return "required" if definition.required and definition.default is None else written(definition.default)


def written(token: Token | None) -> str:
    match token:
        case StringToken(value=text):
            return text
        case BooleanToken(value=value):
            return str(value).lower()
        case NumberToken(raw=raw) | ExpressionToken(raw=raw):
            return raw
        case _:
            return ""


def sources(module: ModuleType, seen: set[str]) -> Iterator[str]:
    """Every text that a built-in action's code holds, its helpers' and its programs' too."""
    if module.__name__ in seen:
        return
    seen.add(module.__name__)
    tree = ast.parse(inspect.getsource(module))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from [node.value, *re.findall(r"'([a-z-]+)'", node.value)]
        if isinstance(node, ast.ImportFrom) and "actions.builtin" in (node.module or ""):
            for name in (node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)):
                if importlib.util.find_spec(name.rpartition(".")[0]) and name in sys.modules:
                    yield from sources(sys.modules[name], seen)
    for program in Path(inspect.getfile(module)).parent.glob(f"{Path(inspect.getfile(module)).stem}.cjs"):
        yield from re.findall(r"'([a-z-]+)'", program.read_text(encoding="utf-8"))


NOT_SPELLED = {
    "actions/create-github-app-token": r"permission-.+",
    "actions/stale": r"(stale|close|days|exempt|only|any-of|remove|ignore)-.+",
    "pypa/gh-action-pypi-publish": r"\w+_\w+",  # the old names of inputs that have a hyphen
    "actions/delete-package-versions": r"delete-only-.+",
    "actions/checkout": "persist-credentials|show-progress",  # `false` is what is done anyway: no notice in every run
}
"""Names that the code puts together, or has no need to read."""


@pytest.mark.parametrize("real", REAL.values(), ids=REAL)
def test_an_input_without_effect_is_told_and_all_others_are_read(real: RealAction) -> None:
    action = BUILTINS[real.name]()
    module = sys.modules[type(action).__module__]
    read = set(sources(module, set()))
    unread = {name for name in action.manifest.inputs if name not in read and name not in action.left_out}
    assert {name for name in unread if not re.fullmatch(NOT_SPELLED.get(real.name, "-"), name)} == set()
    if action.left_out:
        assert "tell_what_is_left_out(host, self)" in inspect.getsource(type(action)) + inspect.getsource(module)
