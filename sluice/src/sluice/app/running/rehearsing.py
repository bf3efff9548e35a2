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
    event = _event(performance.plan.contexts["github"])
    issues = _told(event, "issue")
    return Scene(
        repository=queued.repository,
        sha=queued.sha,
        ref=queued.ref,
        default_branch=snapshot.default_branch,
        actor=queued.actor,
        snapshot=snapshot.repository,
        pulls=_told(event, "pull_request"),
        issues=issues,
        comments=_told(event, "comment") if issues else (),
        workflows={queued.workflow_file: queued.workflow_name} | named,
        run=PerformedRun(performance.store, performance.plan.run, queued.run_id, queued.actor),
    )


def _event(github: Value) -> Mapping[str, Any]:
    event = to_python(github.get("event")) if isinstance(github, Dictionary) else None
    return event if isinstance(event, dict) else {}


def _told(event: Mapping[str, Any], name: str) -> tuple[Mapping[str, Any], ...]:
    """What the event is about, as its payload has it."""
    found = event.get(name)
    return (found,) if isinstance(found, dict) else ()
