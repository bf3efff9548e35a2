"""Which Node.js an action gets: the nearest that is not older than what it is written for."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import anyio
import pytest

from sluice.actions import node
from sluice.actions.interpreters import Interpreter
from sluice.actions.node import node_for
from sluice.source.errors import UnavailableError
from sluice.workflow.action_parser import parse_action
from sluice.workflow.model import ActionUsing


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three of them, newest first."""
    found = tuple(
        Interpreter(program=Path(f"/node{major}"), version=(major, 1, 0), place="path") for major in (24, 22, 20)
    )
    monkeypatch.setattr(node, "find_nodes", lambda _: found)


@pytest.mark.parametrize(("using", "program"), [(12, 20), (16, 20), (20, 20), (21, 22), (24, 24)])
def test_rule_29_an_action_gets_its_own_version_and_an_old_one_that_of_20(
    using: int, program: int, tmp_path: Path
) -> None:
    assert anyio.run(partial(node_for, using, tmp_path, offline=True)) == Path(f"/node{program}")


def test_a_version_that_is_not_here_is_told_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=r"No Node\.js 25 or newer for an action with 'using: node25'") as caught:
        anyio.run(partial(node_for, 25, tmp_path, offline=True))
    assert list(caught.value.tried) == [f"/node{major} (version {major}.1.0)" for major in (24, 22, 20)]


@pytest.mark.parametrize("version", [12, 16, 20, 24])
def test_rule_29_actions_are_written_for_node_24_too(version: int) -> None:
    action, found = parse_action(f"name: x\nruns: {{using: node{version}, main: a.js}}", "action.yml")
    assert action is not None
    assert (found, action.using, action.node) == ([], ActionUsing.JAVASCRIPT, version)
