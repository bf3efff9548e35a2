"""What users of containers wrote is the user's own afterwards."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import cast

import anyio
import pytest
from containers import BUSYBOX, running_engine
from running import Ran, Run

from sluice.runners.container.engine import Engine
from sluice.runners.container.leftovers.giving_back import taking_back

pytestmark = [pytest.mark.needs_docker, pytest.mark.slow, pytest.mark.needs_root]
ANOTHER = 12345
CONTAINED = f"""
on: push
jobs:
  job:
    runs-on: ubuntu-latest
    container: {BUSYBOX}
    steps: [{{run: mkdir deep; touch deep/file $HOME/file; exit 1}}]
"""
BESIDE = f"""
on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - uses: docker://{BUSYBOX}
        with: {{args: sh -c 'mkdir deep; touch deep/file $HOME/file; exit 1'}}
"""


@pytest.fixture(autouse=True)
def somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() != 0:
        pytest.skip("this is not root")
    running_engine(BUSYBOX)
    monkeypatch.setattr("sluice.runners.container.leftovers.giving_back.os.geteuid", lambda: ANOTHER)
    monkeypatch.setattr("sluice.runners.container.leftovers.giving_back.os.getegid", lambda: ANOTHER)


def owners(ran: Ran) -> set[int]:
    found: list[Path] = [*ran.folder.glob("jobs/job/**/deep/file"), *ran.folder.glob("jobs/job/home/file")]
    assert len(found) == 2
    return {path.stat().st_uid for path in found}


@pytest.mark.parametrize("text", [CONTAINED, BESIDE], ids=["a job's container", "an action's"])
def test_files_that_root_wrote_inside_are_the_users(run: Run, text: str) -> None:
    ran = run(text, isolation="none")
    assert ran.results() == {"job": "failure"}
    assert owners(ran) == {ANOTHER}


def test_as_root_nothing_is_to_do_and_without_root_the_containers_is_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    class Answers:
        told: dict[str, object]

        async def call(self, name: str) -> object:
            assert name == "info"
            return self.told

    engine = Answers()
    command = partial(anyio.run, taking_back, cast("Engine", engine), ["/a"])
    cases: list[tuple[dict[str, object], str]] = [
        ({"SecurityOptions": ["name=seccomp,profile=default"]}, f"{ANOTHER}:{ANOTHER}"),
        ({"SecurityOptions": ["name=rootless"]}, "0:0"),
        ({"Rootless": True}, "0:0"),
    ]
    for told, owner in cases:
        engine.told = told
        assert command() == ("chown", "-R", owner, "/a")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert command() == ()
