"""What a job's container is asked before its first step."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from sluice.runners.container import workspace
from sluice.runners.container.workspace import ContainerWorkspace
from sluice.source.errors import UnavailableError

pytestmark = pytest.mark.anyio


def container(monkeypatch: pytest.MonkeyPatch, answers: Iterator[tuple[int, str]]) -> ContainerWorkspace:
    async def call(*_: object) -> tuple[int, str]:
        return next(answers)

    monkeypatch.setattr(workspace, "call_quietly", call)
    running = SimpleNamespace(engine=None, identifier="x", paths=None, network=None, variables=("PATH=/bin",))
    return ContainerWorkspace(
        cast("Any", SimpleNamespace(paths=SimpleNamespace(home=Path("/home/x")))), cast("Any", running)
    )


async def test_a_shell_whose_answer_was_lost_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = container(monkeypatch, iter([(0, ""), (0, "sh\n/bin/bash\n")]))
    await asked.look_around()
    assert asked._programs["bash", "/bin"] == "/bin/bash"


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ([(0, "")] * 3, "engine loses what a command"),
        ([(126, "exec: sh: not found")], "has no shell"),
        ([(127, "sh: not found")], "has no shell"),
    ],
)
async def test_what_gives_no_shell_says_why(
    monkeypatch: pytest.MonkeyPatch, answers: list[tuple[int, str]], message: str
) -> None:
    with pytest.raises(UnavailableError, match=message):
        await container(monkeypatch, iter(answers)).look_around()
