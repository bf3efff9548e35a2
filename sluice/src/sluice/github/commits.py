"""Commit statuses and checks: what GitHub shows beside a commit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

from msgspec import Struct

from sluice.github.connection import Hub, refusals

CommitState = Literal["error", "failure", "pending", "success"]
Conclusion = Literal["success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required"]
_ANNOTATIONS = 50
"""How many annotations one request may carry (docs.github.com: update a check run)."""
_DESCRIPTION = 140


class Annotation(Struct, frozen=True, kw_only=True):
    """A line of a file that a check has something to say about; ``level`` is notice, warning or failure."""

    path: str
    line: int
    level: Literal["notice", "warning", "failure"]
    message: str
    title: str = ""


class CommitStatus(Struct, frozen=True, kw_only=True):
    """How a commit stands under the name ``context``."""

    state: CommitState
    context: str
    description: str = ""
    url: str = ""


class Check(Struct, frozen=True, kw_only=True):
    """A finished check with any number of annotations; ``summary`` is Markdown."""

    name: str
    conclusion: Conclusion
    summary: str
    annotations: Sequence[Annotation] = ()


def tell_commit(hub: Hub, sha: str, status: CommitStatus) -> None:
    """Add a status to a commit."""
    body = {
        "state": status.state,
        "context": status.context,
        "description": status.description[:_DESCRIPTION],
        **({"target_url": status.url} if status.url else {}),
    }
    hub.call("POST", f"/repos/{hub.place.repository}/statuses/{sha}", body)


def tell_check(hub: Hub, sha: str, check: Check) -> int:
    """A check of a commit; its number. More annotations than one request takes come in further ones."""
    found = check.annotations
    parts = [found[start : start + _ANNOTATIONS] for start in range(0, len(found), _ANNOTATIONS)] or [()]
    with refusals(f"the check {check.name}"):
        made = hub.repository.create_check_run(
            check.name,
            sha,
            status="completed",
            conclusion=check.conclusion,
            completed_at=datetime.now(UTC),
            output=_output(check, parts[0]),
        )
        for part in parts[1:]:
            made.edit(output=_output(check, part))
        return int(made.id)


def _output(check: Check, annotations: Sequence[Annotation]) -> dict[str, str | list[dict[str, str | int]]]:
    rows: list[dict[str, str | int]] = [
        {
            "path": one.path,
            "start_line": one.line,
            "end_line": one.line,
            "annotation_level": one.level,
            "message": one.message,
            **({"title": one.title} if one.title else {}),
        }
        for one in annotations
    ]
    return {"title": check.name, "summary": check.summary, "annotations": rows}
