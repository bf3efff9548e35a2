"""Words of a person's that name nothing: told before anything runs, with what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sluice.app.workflows.repository import ReadWorkflow
from sluice.plan.rules.environments import planned_environment
from sluice.source.errors import UsageError
from sluice.source.suggestions import did_you_mean, nearest
from sluice.workflow.event_names import EVENTS
from sluice.workflow.model import NormalJob


def check_event(event: str | None) -> None:
    """Raises ``UsageError`` for an event that GitHub doesn't have."""
    if event is not None and event not in EVENTS:
        hint = did_you_mean(event, sorted(EVENTS)) or f"there are {', '.join(sorted(EVENTS))}"
        raise UsageError(f"There is no event '{event}'", hint=hint)


def check_approvals(approvals: Iterable[str], protected: Iterable[str], read: Iterable[ReadWorkflow]) -> None:
    """Raises ``UsageError`` for an environment that nothing has and that looks like one of these."""
    known = {name.lower(): name for name in (*protected, *_environments(read))}
    for name in approvals:
        near = nearest(name.lower(), known)
        if near and name.lower() not in known:
            raise UsageError(
                f"--approve {name}: there is no environment '{name}'", hint=f"did you mean '{known[near]}'?"
            )


def _environments(read: Iterable[ReadWorkflow]) -> Iterator[str]:
    """The names that stand in workflows; what an expression gives is known in a run alone."""
    for found in read:
        for job in found.workflow.jobs.values():
            place = planned_environment(job.environment) if isinstance(job, NormalJob) else None
            if place and "${{" not in place:
                yield place
