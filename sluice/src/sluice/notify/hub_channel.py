"""What GitHub shows of a run: a status or check of the commit, one comment on the pull request, an issue for a cause.

In: a connection, a notice and its message. Out: what was asked of GitHub, in words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from sluice.github.comments import keep_comment
from sluice.github.commits import Check, CommitStatus, Conclusion, tell_check, tell_commit
from sluice.github.connection import Hub
from sluice.github.issues import report_cause, settle_cause
from sluice.notify.notices import Event, Notice
from sluice.notify.rendering import Message

_PULL = re.compile(r"refs/pull/(\d+)/")
_RUNS: Mapping[Event, Conclusion] = {
    Event.RUN_FAILED: "failure",
    Event.NIGHTLY_FAILED: "failure",
    Event.RUN_RECOVERED: "success",
    Event.RUN_PASSED: "success",
    Event.RUN_CANCELLED: "cancelled",
}


def tell_hub(hub: Hub, ways: tuple[str, ...], notice: Notice, message: Message) -> Iterator[str]:
    """Tell GitHub in each of the ways; a way that the notice has nothing for is passed over. Raises
    ``UnavailableError``.
    """
    for way in ways:
        done = _WAYS[way](hub, notice, message)
        if done:
            yield done


def plan_ways(ways: tuple[str, ...], notice: Notice) -> tuple[str, ...]:
    """Those of the ways that the notice has something for."""
    return tuple(way for way in ways if _APPLIES[way](notice))


def _tell_status(hub: Hub, notice: Notice, message: Message) -> str:
    if not _APPLIES["status"](notice):
        return ""
    conclusion = _RUNS[notice.event]
    state = conclusion if conclusion in {"success", "failure"} else "error"
    status = CommitStatus(state=state, context=f"sluice/{notice.about.workflow}", description=message.title)
    tell_commit(hub, notice.about.sha, status)
    return f"status of {notice.about.sha[:10]}"


def _tell_check(hub: Hub, notice: Notice, message: Message) -> str:
    if not _APPLIES["check"](notice):
        return ""
    summary = f"{message.title}\n\n{message.body}"
    tell_check(
        hub, notice.about.sha, Check(name=notice.about.workflow, conclusion=_RUNS[notice.event], summary=summary)
    )
    return f"check of {notice.about.sha[:10]}"


def _tell_comment(hub: Hub, notice: Notice, message: Message) -> str:
    number = _pull_request(notice)
    if number is None or notice.event not in _RUNS:
        return ""
    mark = f"<!-- sluice-run:{notice.about.workflow} -->"
    text = f"{mark}\n**{message.title}**\n\n{message.body}"
    done = keep_comment(hub, number, text, lambda known: known.startswith(mark))
    return f"comment on #{number} {done}"


def _tell_issue(hub: Hub, notice: Notice, message: Message) -> str:
    if notice.event is Event.RUN_RECOVERED:
        number = settle_cause(hub, _cause(notice), message.title)
        return f"issue #{number} closed" if number else ""
    if not _APPLIES["issue"](notice):
        return ""
    return f"issue #{report_cause(hub, _cause(notice), message.title, message.body)}"


def _cause(notice: Notice) -> str:
    """One issue for a workflow on a branch, whichever job fails: that is what a recovery settles."""
    return f"{notice.about.workflow} on {notice.about.ref}"


def _pull_request(notice: Notice) -> int | None:
    found = _PULL.match(notice.about.ref)
    return int(found[1]) if found else None


_WAYS: Mapping[str, Callable[[Hub, Notice, Message], str]] = {
    "status": _tell_status,
    "check": _tell_check,
    "comment": _tell_comment,
    "issue": _tell_issue,
}
_APPLIES: Mapping[str, Callable[[Notice], bool]] = {
    "status": lambda notice: notice.event in _RUNS,
    "check": lambda notice: notice.event in _RUNS,
    "comment": lambda notice: notice.event in _RUNS and _pull_request(notice) is not None,
    "issue": lambda notice: notice.event in {Event.RUN_FAILED, Event.NIGHTLY_FAILED, Event.RUN_RECOVERED},
}
