"""The lists of what needs what are of actions that are there, and that do."""

from __future__ import annotations

import importlib
import sys
from unittest.mock import MagicMock

import pytest

from sluice.actions.builtin.registry import BUILTINS
from sluice.actions.protocol import ToolchainMissingError
from sluice.app.action_needs import ASK_THE_ENGINE, RUN_A_PROGRAM, SET_UP, SPEAK_TO_GITHUB


@pytest.mark.parametrize("name", sorted(SPEAK_TO_GITHUB))
def test_what_is_said_to_speak_to_github_does(name: str) -> None:
    module = importlib.import_module(type(BUILTINS[name]()).__module__)
    assert hasattr(module, "open_publisher")


def test_what_is_said_to_ask_the_engine_is_built_in() -> None:
    assert set(BUILTINS) >= ASK_THE_ENGINE


@pytest.mark.anyio
@pytest.mark.parametrize("name", sorted(RUN_A_PROGRAM))
async def test_what_is_said_to_run_a_program_does_not_do_without(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    action = BUILTINS[name]()
    host = MagicMock(inputs=dict.fromkeys(action.manifest.inputs, ""), environment={})
    host.workspace.find_program.return_value = None
    with pytest.raises(ToolchainMissingError, match=f"^'{RUN_A_PROGRAM[name][0]}' is not installed"):
        await action.main(host)


@pytest.mark.parametrize("name", sorted(SET_UP))
def test_what_is_said_to_set_up_a_version_has_an_input_for_it(name: str) -> None:
    assert SET_UP[name][1] in BUILTINS[name]().manifest.inputs
