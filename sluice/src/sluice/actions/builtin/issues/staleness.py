"""What is to be done about an issue or a pull request that nobody has touched for long. Pure.

The order of the questions is that of actions/stale (src/classes/issues-processor.ts).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any

from msgspec import Struct

_SETTLING = timedelta(seconds=15)
"""An update so soon after the label is the label itself."""


class Verdict(Enum):
    """What to do."""

    LEAVE = auto()
    MARK = auto()
    UNMARK = auto()
    CLOSE = auto()


class Rules(Struct, frozen=True, kw_only=True):
    """For issues, or for pull requests: ``exempt`` is by label, milestone and assignee; ``True`` exempts any.

    Days below 0 are never; ``None`` as a start is the beginning of time.
    """

    label: str
    days_before_stale: float
    days_before_close: float
    only: Sequence[str] = ()
    any_of: Sequence[str] = ()
    exempt_labels: Sequence[str] = ()
    exempt_milestones: Sequence[str] | bool = ()
    exempt_assignees: Sequence[str] | bool = ()
    exempt_drafts: bool = False
    only_assigned: bool = False
    only_types: Sequence[str] = ()
    ignore_updates: bool = False
    unmark_when_updated: bool = True
    start: datetime | None = None


def time_of(text: str) -> datetime:
    """A time as GitHub writes it."""
    return datetime.fromisoformat(text)


def labels_of(issue: Mapping[str, Any]) -> set[str]:
    """Its labels, compared without regard to case."""
    return {str(label["name"]).casefold() for label in issue["labels"]}


def is_marked(issue: Mapping[str, Any], rules: Rules) -> bool:
    """Whether it has the label already."""
    return rules.label.casefold() in labels_of(issue)


def left_out(issue: Mapping[str, Any], rules: Rules) -> str | None:
    """Why an issue is not looked at; ``None`` when it is."""
    labels = labels_of(issue)
    named = (issue.get("type") or {}).get("name") or ""
    questions = (
        (issue["state"] != "open" or issue["locked"], "closed or locked"),
        (not _folded(rules.only) <= labels, "without the labels that are wanted"),
        (bool(rules.only_types) and named.casefold() not in _folded(rules.only_types), "of another type"),
        (rules.only_assigned and not issue["assignees"], "not assigned"),
        (rules.start is not None and time_of(issue["created_at"]) < rules.start, "from before the start date"),
        (bool(labels & _folded(rules.exempt_labels)), "exempt by a label"),
        (bool(rules.any_of) and not labels & _folded(rules.any_of), "with none of the labels that are wanted"),
    )
    return next((reason for wrong, reason in questions if wrong), None) or _exempt_by_people(issue, rules)


def _exempt_by_people(issue: Mapping[str, Any], rules: Rules) -> str | None:
    milestone = (issue.get("milestone") or {}).get("title")
    if milestone is not None and _exempts(rules.exempt_milestones, [milestone]):
        return "exempt by its milestone"
    if _exempts(rules.exempt_assignees, [one["login"] for one in issue["assignees"]]):
        return "exempt by an assignee"
    return "a draft" if rules.exempt_drafts and issue.get("draft") else None


def _exempts(names: Sequence[str] | bool, found: Sequence[str]) -> bool:
    if isinstance(names, bool):
        return names and bool(found)
    return bool({name.casefold() for name in found} & _folded(names))


def _folded(names: Sequence[str]) -> set[str]:
    return {name.casefold() for name in names}


def before_mark(issue: Mapping[str, Any], rules: Rules, now: datetime) -> Verdict:
    """For one without the label."""
    if rules.days_before_stale < 0:
        return Verdict.LEAVE
    last = time_of(issue["created_at" if rules.ignore_updates else "updated_at"])
    return Verdict.LEAVE if now - last <= timedelta(days=rules.days_before_stale) else Verdict.MARK


def after_mark(issue: Mapping[str, Any], rules: Rules, now: datetime, marked: datetime, *, answered: bool) -> Verdict:
    """For one with the label since ``marked``; ``answered`` is whether a person has commented since."""
    updated = time_of(issue["updated_at"])
    if rules.unmark_when_updated and (answered or updated > marked + _SETTLING):
        return Verdict.UNMARK
    if rules.days_before_close < 0 or answered or now - updated <= timedelta(days=rules.days_before_close):
        return Verdict.LEAVE
    return Verdict.CLOSE
