"""What the stand-in for GitHub knows of a run before its first job asks."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sluice.expressions.values import Dictionary, Value, to_python
from sluice.rehearsal.github.stand_in import GitHubStandIn
from sluice.source.errors import SluiceError

if TYPE_CHECKING:
    from sluice.app.running.performance import Performance
    from sluice.rehearsal.github.state import Scene


async def start_github(performance: Performance, folder: Path) -> GitHubStandIn:
    """The run's stand-in; it asks for its scene with the first request."""
    return GitHubStandIn(lambda: _scene(performance), folder)


def _scene(performance: Performance) -> Scene:
    from sluice.app.running.run_at_hand import PerformedRun
    from sluice.app.workflows.repository import find_files, read_workflows
    from sluice.rehearsal.github.state import Scene

    queued, snapshot = performance.queued, performance.snapshot
    root, named = Path(queued.root), {}
    with contextlib.suppress(SluiceError):  # another workflow's mistakes are no matter of this run's
        for found in read_workflows(root, find_files(root, ())):
            named[found.file] = found.workflow.name.value if found.workflow.name else found.file
    return Scene(
        repository=queued.repository,
        sha=queued.sha,
        ref=queued.ref,
        default_branch=snapshot.default_branch,
        actor=queued.actor,
        snapshot=snapshot.repository,
        pulls=_pulls(performance.plan.contexts["github"]),
        workflows={queued.workflow_file: queued.workflow_name} | named,
        run=PerformedRun(performance),
    )


def _pulls(github: Value) -> tuple[Mapping[str, Any], ...]:
    """The event's pull request, as its payload has it."""
    event = to_python(github.get("event")) if isinstance(github, Dictionary) else None
    pull = event.get("pull_request") if isinstance(event, dict) else None
    return (pull,) if isinstance(pull, dict) else ()
