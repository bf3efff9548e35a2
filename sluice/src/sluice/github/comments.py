"""One comment on an issue or a pull request, edited in place. In: text, and how ours is told. Out: what was done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sluice.github.connection import Hub

_TRUSTED = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})


def keep_comment(hub: Hub, number: int, text: str, is_ours: Callable[[str], bool]) -> str:
    """Make the comment that ``is_ours`` says is ours be ``text``; ``made``, ``edited`` or ``unchanged``.

    It is looked for among the comments of bots and of members: a stranger's with the same words isn't taken for ours.
    """
    base = f"/repos/{hub.place.repository}/issues"
    comments = hub.pages(f"{base}/{number}/comments")
    ours = next((one for one in comments if _is_trusted(one) and is_ours(str(one.get("body") or ""))), None)
    if ours is None:
        hub.call("POST", f"{base}/{number}/comments", {"body": text})
        return "made"
    if str(ours["body"]).strip() == text.strip():
        return "unchanged"
    hub.call("PATCH", f"{base}/comments/{int(ours['id'])}", {"body": text})
    return "edited"


def _is_trusted(found: dict[str, Any]) -> bool:
    user = found.get("user") or {}
    return user.get("type") == "Bot" or found.get("author_association") in _TRUSTED
