"""What a person asked for, held against what there is: misspelt words are told before anything runs.

In: words, workflows. Out: the workflows that have the jobs named, or an error.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence

from sluice.app.repository import ReadWorkflow
from sluice.plan.environments import planned_environment
from sluice.plan.graph import build_graph, select_jobs, unknown_job
from sluice.source.errors import UsageError
from sluice.workflow.model import NormalJob


def with_jobs(read: Sequence[ReadWorkflow], names: Sequence[str]) -> list[ReadWorkflow]:
    """The workflows that have every job named; all without names. Raises ``UsageError`` when none has."""
    having = [found for found in read if all(_has(found, name) for name in names)]
    if not having:
        there = tuple(dict.fromkeys(job for found in read for job in found.workflow.jobs))
        for name in names:
            if not any(_has(found, name) for found in read):
                raise unknown_job(name, there, "this workflow" if len(read) == 1 else "these workflows")
        raise UsageError(f"No workflow has all of the jobs {', '.join(names)}", hint="name them in runs of their own")
    return having


def _has(found: ReadWorkflow, name: str) -> bool:
    try:
        select_jobs(build_graph(found.workflow), [name], with_needs=False)
    except UsageError:
        return False
    return True


def check_approvals(approvals: Iterable[str], protected: Iterable[str], read: Iterable[ReadWorkflow]) -> None:
    """Raises ``UsageError`` for an environment that nothing has and that looks like one of these."""
    known = {name.lower(): name for name in (*protected, *_environments(read))}
    for name in approvals:
        near = difflib.get_close_matches(name.lower(), known, n=1)
        if near and name.lower() not in known:
            raise UsageError(
                f"--approve {name}: there is no environment '{name}'", hint=f"did you mean '{known[near[0]]}'?"
            )


def _environments(read: Iterable[ReadWorkflow]) -> Iterator[str]:
    """The names that stand in workflows; what an expression gives is known in a run alone."""
    for found in read:
        for job in found.workflow.jobs.values():
            place = planned_environment(job.environment) if isinstance(job, NormalJob) else None
            if place and "${{" not in place:
                yield place
