"""How a run is shown never decides how it ends."""

from __future__ import annotations

import errno

import pytest
from running import Run

from sluice.app.runs import presentation
from sluice.events.model import Record, StepStarted

WORKFLOW = "on: push\njobs: {job: {runs-on: ubuntu-latest, steps: [{run: echo '>done'}]}}\n"
NO_COLOUR = KeyError("no such colour")


class Broken:
    """A view that fails at one of its parts."""

    def __init__(self, part: str, error: Exception = NO_COLOUR) -> None:
        self.part, self.error = part, error
        self.shown: list[Record] = []

    def show(self, record: Record) -> None:
        self.shown.append(record)
        if isinstance(record.event, StepStarted):
            self._fail("show")

    def refresh(self) -> float | None:
        self._fail("refresh")
        return None

    def close(self) -> None:
        self._fail("close")

    def _fail(self, part: str) -> None:
        if part == self.part:
            raise self.error


@pytest.mark.parametrize("part", ["show", "refresh", "close"])
def test_a_view_that_fails_is_dropped_and_said_to_be(
    part: str, run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    view = Broken(part)
    monkeypatch.setattr(presentation, "_view", lambda *_: view)
    ran = run(WORKFLOW)
    assert (ran.code, ran.said("job")) == (0, ["done"])
    assert capsys.readouterr().err.count("sluice: the view failed, the run goes on (KeyError: 'no such colour')") == 1
    assert view.shown or part == "refresh"


@pytest.mark.parametrize(
    ("output", "workflow", "code"),
    [("json", WORKFLOW, 2), ("plain", WORKFLOW, 0), ("json", WORKFLOW.replace("echo", "false"), 1)],
)
def test_a_program_is_told_that_events_were_not_written(
    output: str, workflow: str, code: int, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = Broken("show", OSError(errno.ENOSPC, "No space left on device"))
    monkeypatch.setattr(presentation, "_view", lambda *_: full)
    assert run(workflow, output=output).code == code
