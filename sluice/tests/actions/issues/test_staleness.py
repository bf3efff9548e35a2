"""What is to be done about an issue that nobody has touched, by its dates, labels and people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from sluice.actions.builtin.issues.staleness import Rules, Verdict, after_mark, before_mark, is_marked, left_out

NOW = datetime(2026, 3, 1, tzinfo=UTC)
RULES = Rules(label="Stale", days_before_stale=60, days_before_close=7)


def issue(days: float = 100, **facts: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    at = (NOW - timedelta(days=days)).isoformat().replace("+00:00", "Z")
    plain = {"state": "open", "locked": False, "labels": [], "assignees": [], "milestone": None}
    return {**plain, "created_at": "2020-01-01T00:00:00Z", "updated_at": at, **facts}


def labelled(*names: str) -> list[dict[str, str]]:
    return [{"name": name} for name in names]


@pytest.mark.parametrize(("days", "verdict"), [(59.9, Verdict.LEAVE), (60, Verdict.LEAVE), (60.1, Verdict.MARK)])
def test_it_is_marked_when_it_is_older_than_the_days(days: float, verdict: Verdict) -> None:
    assert before_mark(issue(days), RULES, NOW) is verdict
    assert before_mark(issue(days), replace(RULES, days_before_stale=-1), NOW) is Verdict.LEAVE
    assert before_mark(issue(days), replace(RULES, ignore_updates=True), NOW) is Verdict.MARK


@pytest.mark.parametrize(
    ("days", "marked", "answered", "verdict"),
    [
        (8, 8, False, Verdict.CLOSE),
        (6, 6, False, Verdict.LEAVE),
        (8, 8, True, Verdict.UNMARK),
        (8, 20, False, Verdict.UNMARK),
    ],
)
def test_it_is_closed_when_nobody_says_anything(days: float, marked: float, answered: bool, verdict: Verdict) -> None:
    since = NOW - timedelta(days=marked)
    assert after_mark(issue(days), RULES, NOW, since, answered=answered) is verdict
    kept = replace(RULES, unmark_when_updated=False, days_before_close=-1)
    assert after_mark(issue(days), kept, NOW, since, answered=answered) is Verdict.LEAVE


def test_a_label_is_one_whatever_its_case() -> None:
    assert is_marked(issue(labels=labelled("sTALE")), RULES)
    assert not is_marked(issue(labels=labelled("other")), RULES)


@pytest.mark.parametrize(
    ("facts", "rules", "reason"),
    [
        ({}, {}, None),
        ({"locked": True}, {}, "closed or locked"),
        ({"labels": labelled("a")}, {"only": ["a", "b"]}, "without the labels that are wanted"),
        ({"labels": labelled("a", "b")}, {"only": ["a", "B"]}, None),
        ({"labels": labelled("keep")}, {"exempt_labels": ["Keep"]}, "exempt by a label"),
        ({"labels": labelled("a")}, {"any_of": ["b", "c"]}, "with none of the labels that are wanted"),
        ({"milestone": {"title": "v1"}}, {"exempt_milestones": True}, "exempt by its milestone"),
        ({"milestone": {"title": "v1"}}, {"exempt_milestones": ["v2"]}, None),
        ({"assignees": [{"login": "me"}]}, {"exempt_assignees": ["Me"]}, "exempt by an assignee"),
        ({"draft": True}, {"exempt_drafts": True}, "a draft"),
        ({}, {"only_assigned": True}, "not assigned"),
        ({}, {"start": NOW}, "from before the start date"),
        ({"type": {"name": "Bug"}}, {"only_types": ["task"]}, "of another type"),
    ],
)
def test_what_is_left_out_has_a_reason(facts: dict[str, Any], rules: dict[str, Any], reason: str | None) -> None:
    assert left_out(issue(**facts), replace(RULES, **rules)) == reason
