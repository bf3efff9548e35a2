"""Why something waits, was skipped or was cancelled, in words. In: parts of a run's state. Out: one line each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Literal

from sluice.events.model import AnnotationCreated, ConditionEvaluated
from sluice.events.state import JobState, RunState
from sluice.views.text.lines import label
from sluice.views.text.wording import count

LEVELS: tuple[Literal["error", "warning", "notice"], ...] = ("error", "warning", "notice")
_ORDER = ("failure", "cancelled", "running", "waiting", "pending", "success", "tolerated", "skipped")
_WORDS = {
    "failure": "failed",
    "success": "passed",
    "tolerated": "failed and allowed",
    "cancelled": "cancelled",
    "interrupted": "interrupted",
}
_WAITS = {
    "concurrency": "waits for its concurrency group",
    "max-parallel": "waits for another leg (max-parallel)",
    "ports": "waits for a port",
    "slots": "waits for a free slot",
    "review": "waits for a review",
    "timer": "waits for a timer",
}


def state_word(state: str) -> str:
    """``failed`` for ``failure``, ``passed`` for ``success``; other states are words already."""
    return _WORDS.get(state, state)


def count_states(states: Iterable[str]) -> str:
    """``1 failed, 2 running, 3 passed``: what needs attention comes first."""
    counted = Counter(states)
    return ", ".join(f"{counted[state]} {state_word(state)}" for state in _ORDER if counted[state])


def wait_phrase(job: JobState) -> str:
    """What a job run that is ready waits for."""
    reviews = [review for review in job.reviews if review.approved is None]
    if job.waiting_for == "review" and reviews:
        who = f" by {', '.join(map(label, reviews[-1].reviewers))}" if reviews[-1].reviewers else ""
        return f"waits for a review of {label(reviews[-1].environment)}{who}"
    phrase = _WAITS.get(job.waiting_for or "", f"waits: {label(job.waiting_for or 'no reason given')}")
    return f"{phrase}: {label(job.waiting_detail)}" if job.waiting_detail else phrase


def skip_phrase(state: RunState, job: JobState) -> str:
    """Why a job run was skipped or cancelled: the condition that was false, else the recorded reason."""
    false = [found for found in state.conditions_of(job.key) if not found.result and not is_default(found)]
    if job.conclusion == "skipped" and false:
        return f"if: {label(false[-1].expression)}"
    return label(job.reason)


def is_default(condition: ConditionEvaluated) -> bool:
    """Whether this is the condition of what has none: the recorded reason says more than it."""
    return condition.expression.strip() == "success()"


def annotation_counts(annotations: Iterable[AnnotationCreated]) -> str:
    """``2 errors, 1 warning``; nothing without annotations."""
    counted = Counter(found.level for found in annotations)
    return ", ".join(count(counted[level], level) for level in LEVELS if counted[level])
