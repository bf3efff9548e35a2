"""What earlier runs lead us to expect. In: states of finished runs. Out: seconds by the name of a job."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from sluice.events.state import JobState, RunState


class History(Struct, frozen=True, kw_only=True):
    """Expected seconds: of each job by its name, and of the whole run; ``None`` where nothing is known."""

    jobs: Mapping[str, float] = field(default_factory=dict)
    run: float | None = None

    def of(self, job: JobState) -> float | None:
        """How long this job run usually takes."""
        return self.jobs.get(job.name)


NO_HISTORY = History()


def learn(states: Iterable[RunState]) -> History:
    """The median time of each job that succeeded, and of the runs that did, in these runs of one workflow."""
    jobs: defaultdict[str, list[float]] = defaultdict(list)
    runs: list[float] = []
    for state in states:
        for job in state.jobs.values():
            if job.conclusion == "success" and job.started is not None and job.completed is not None:
                jobs[job.name].append(job.completed - job.started)
        if state.conclusion == "success" and state.created is not None and state.completed is not None:
            runs.append(state.completed - (state.started or state.created))
    from statistics import median  # noqa: PLC0415 - only where a run is drawn on a terminal

    return History(jobs={name: median(found) for name, found in jobs.items()}, run=median(runs) if runs else None)
