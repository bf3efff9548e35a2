"""One issue for one cause: opened once, told of again by comments, closed when the cause is gone; labels, milestones.

An issue's cause is a hidden mark in its body, so that its title may be edited by people.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from sluice.github.connection import Hub, RefusedByGitHubError, refusals
from sluice.source.errors import UsageError


def mark_of(cause: str) -> str:
    """What an issue's body ends with."""
    return f"<!-- sluice-cause:{hashlib.sha256(cause.encode()).hexdigest()[:16]} -->"


def find_issue(hub: Hub, cause: str) -> dict[str, Any] | None:
    """The open issue of a cause."""
    rows = hub.pages(f"/repos/{hub.place.repository}/issues", {"state": "open"})
    return next((one for one in rows if "pull_request" not in one and mark_of(cause) in (one["body"] or "")), None)


def report_cause(hub: Hub, cause: str, title: str, body: str, labels: Sequence[str] = ()) -> int:
    """The number of the cause's issue: a new one, or the open one with ``body`` as a comment."""
    known = find_issue(hub, cause)
    if known is not None:
        with refusals("the comment on an issue"):
            hub.call("POST", f"/repos/{hub.place.repository}/issues/{known['number']}/comments", {"body": body})
        return int(known["number"])
    with refusals("the issue"):
        made = hub.repository.create_issue(title, body=f"{body}\n\n{mark_of(cause)}", labels=list(labels))
        return int(made.number)


def settle_cause(hub: Hub, cause: str, words: str) -> int | None:
    """Close the cause's issue with a last comment; its number, ``None`` when there was none."""
    known = find_issue(hub, cause)
    if known is None:
        return None
    path = f"/repos/{hub.place.repository}/issues/{known['number']}"
    hub.call("POST", f"{path}/comments", {"body": words})
    hub.call("PATCH", path, {"state": "closed", "state_reason": "completed"})
    return int(known["number"])


def keep_label(hub: Hub, name: str, color: str, description: str = "") -> None:
    """A label with this color (six hexadecimal digits) and description. Raises ``UsageError`` without a name."""
    if not name.strip():
        raise UsageError("A label needs a name")
    with refusals(f"the label {name}"):
        try:
            known: dict[str, Any] = hub.call("GET", f"/repos/{hub.place.repository}/labels/{quote(name)}")
        except RefusedByGitHubError as error:
            if error.status != 404:
                raise
            hub.repository.create_label(name, color, description)
            return
        if (known["color"], known["description"] or "") != (color, description):
            hub.repository.get_label(name).edit(name, color, description)


def keep_milestone(hub: Hub, title: str, description: str = "") -> int:
    """The number of the open milestone with this title, made if need be."""
    with refusals(f"the milestone {title}"):
        for found in hub.repository.get_milestones(state="open"):
            if found.title == title:
                return int(found.number)
        return int(hub.repository.create_milestone(title, description=description).number)


def close_milestone(hub: Hub, title: str) -> bool:
    """Close it; ``False`` when there is none open."""
    with refusals(f"the milestone {title}"):
        for found in hub.repository.get_milestones(state="open"):
            if found.title == title:
                found.edit(title, state="closed")
                return True
    return False
