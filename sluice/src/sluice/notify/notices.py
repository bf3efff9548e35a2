"""What a finished run gives to tell. In: its state and that of the run before it. Out: notices; nothing is sent here.

``changed`` is false where the run before said the same: it failed by the same jobs, or passed too. Texts come from
events, where secrets are masked already.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from sluice.events.model import RunQueued
from sluice.events.state import JobState, RunState

MAIN = ("main", "master", "develop")
_BRANCH = "refs/heads/"


class Severity(StrEnum):
    """How much a notice matters, least first."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for the least."""
        return list(Severity).index(self)


class Event(StrEnum):
    """What happened."""

    RUN_FAILED = "run-failed"
    RUN_RECOVERED = "run-recovered"
    RUN_PASSED = "run-passed"
    RUN_CANCELLED = "run-cancelled"
    NIGHTLY_FAILED = "nightly-failed"
    DEPLOYMENT_FAILED = "deployment-failed"
    DEPLOYMENT_FINISHED = "deployment-finished"


class About(Struct, frozen=True, kw_only=True):
    """The run that a notice is about; ``branch`` is empty for a tag or a pull request. ``facts`` are for templates."""

    workflow: str
    ref: str
    branch: str
    sha: str
    facts: dict[str, str]


class Notice(Struct, frozen=True, kw_only=True):
    """One thing to tell."""

    event: Event
    severity: Severity
    changed: bool
    title: str
    lines: tuple[str, ...]
    about: About
    environment: str = ""


def notices_of(state: RunState, before: RunState | None) -> Iterator[Notice]:
    """The run's own notice, then one for each environment that it deployed to."""
    facts = state.facts
    if facts is None or state.conclusion is None:
        return
    event, about = _event(state, facts, before), _about(state, facts)
    yield Notice(
        event=event,
        severity=_severity(facts, event),
        changed=_changed(state, before),
        title=_title(facts, event),
        lines=tuple(_lines(state)),
        about=about,
    )
    for job in state.jobs.values():
        if job.environment is not None and job.conclusion in {"success", "failure"}:
            yield _deployment(job, job.environment, about)


def _deployment(job: JobState, environment: str, about: About) -> Notice:
    failed = job.conclusion == "failure"
    return Notice(
        event=Event.DEPLOYMENT_FAILED if failed else Event.DEPLOYMENT_FINISHED,
        severity=Severity.CRITICAL if failed else Severity.INFO,
        changed=True,
        title=f"Deployment to {environment} {'failed' if failed else 'finished'}",
        lines=tuple(filter(None, (_of_job(job) if failed else "", job.environment_url or ""))),
        about=about,
        environment=environment,
    )


def _about(state: RunState, facts: RunQueued) -> About:
    return About(
        workflow=facts.workflow_name,
        ref=facts.ref,
        branch=facts.ref.removeprefix(_BRANCH) if facts.ref.startswith(_BRANCH) else "",
        sha=facts.sha,
        facts={
            "workflow": facts.workflow_name,
            "number": str(facts.number),
            "run": state.run,
            "repository": facts.repository,
            "ref": facts.ref,
            "sha": facts.sha[:10],
            "actor": facts.actor,
            "jobs": ", ".join(_blamed(state)),
        },
    )


def _event(state: RunState, facts: RunQueued, before: RunState | None) -> Event:
    if state.conclusion == "success":
        failed = before is not None and before.conclusion == "failure"
        return Event.RUN_RECOVERED if failed else Event.RUN_PASSED
    if state.conclusion != "failure":
        return Event.RUN_CANCELLED
    return Event.NIGHTLY_FAILED if facts.trigger == "schedule" else Event.RUN_FAILED


def _severity(facts: RunQueued, event: Event) -> Severity:
    if event not in {Event.RUN_FAILED, Event.NIGHTLY_FAILED}:
        return Severity.INFO
    main = facts.ref.removeprefix(_BRANCH) in MAIN or facts.ref.startswith("refs/tags/")
    return Severity.CRITICAL if main or event is Event.NIGHTLY_FAILED else Severity.WARNING


def _changed(state: RunState, before: RunState | None) -> bool:
    if before is None:
        return state.conclusion != "success"
    return (state.conclusion, _blamed(state)) != (before.conclusion, _blamed(before))


def _blamed(state: RunState) -> list[str]:
    return sorted(job.name for job in state.jobs.values() if job.conclusion == "failure" and not job.nodes)


def _title(facts: RunQueued, event: Event) -> str:
    words = {
        Event.RUN_FAILED: "failed",
        Event.NIGHTLY_FAILED: "failed in the night",
        Event.RUN_RECOVERED: "passes again",
        Event.RUN_PASSED: "passed",
        Event.RUN_CANCELLED: "was cancelled",
    }
    where = facts.ref.removeprefix(_BRANCH).removeprefix("refs/tags/")
    return f"{facts.workflow_name} #{facts.number} {words[event]} on {where}"


def _lines(state: RunState) -> Iterator[str]:
    for job in state.jobs.values():
        if job.conclusion == "failure" and not job.nodes:
            yield _of_job(job)
    if state.conclusion != "failure" or not state.repeatable:
        yield f"More of it: sluice show {state.run}"
    else:
        yield f"Again, on your machine: sluice rerun --failed {state.run}"


def _of_job(job: JobState) -> str:
    step = next((one for one in job.top_steps() if one.conclusion == "failure"), None)
    place = f", step {step.name or step.key}" if step else ""
    reason = (step.reason if step else "") or job.reason
    return f"Job {job.name} failed{place}{f': {reason}' if reason else ''}"
