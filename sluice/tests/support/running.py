"""What a test sees of a run that it started."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sluice.app.runs.presentation import log_reader
from sluice.events.state import JobState, RunState
from sluice.views.run.logs import read_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A finished run: its exit code, state, and logs."""

    code: int
    state: RunState
    folder: Path

    def job(self, key: str) -> JobState:
        return self.state.jobs[key]

    def results(self) -> dict[str, str | None]:
        return {key: job.conclusion for key, job in self.state.jobs.items()}

    def steps(self, job: str) -> dict[str, tuple[str | None, str | None]]:
        """Outcome and conclusion by id of the steps, set-up and completion aside."""
        found = self.state.jobs[job].steps.values()
        return {step.id: (step.outcome, step.conclusion) for step in found if step.phase not in {"setup", "complete"}}

    def log(self, job: str) -> list[str]:
        read = log_reader(self.folder)
        return [line for step in self.state.jobs[job].steps.values() for line in read_lines(job, step, read)]

    def said(self, job: str) -> list[str]:
        """What the scripts of a job printed after the mark ``>``."""
        return [line[1:].strip() for line in self.log(job) if line.startswith(">")]


Run = Callable[..., Ran]
