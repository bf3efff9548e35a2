"""What a finished run gives to tell. In: its state and that of the run before it. Out: notices; nothing is sent here.

``changed`` is false where the run before said the same: it failed by the same jobs, or passed too. Texts come from
events, where secrets are masked already.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

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


class Notice(Struct, frozen=True, kw_only=True):
    """One thing to tell. ``cause`` names what is to blame, alike from run to run; ``facts`` are for templates."""

    event: Event
    severity: Severity
    changed: bool
    cause: str
    branch: str
    workflow: str
    sha: str
    title: str
    lines: tuple[str, ...]
    facts: dict[str, str]


def notices_of(state: RunState, before: RunState | None) -> Iterator[Notice]:
    """The run's own notice, then one for each environment that it deployed to."""
    if state.facts is None or state.conclusion is None:
        return
    event = _event(state, before)
    yield _notice(
        state,
        event,
        _severity(state, event),
        changed=_changed(state, before),
        cause=f"{state.facts.workflow_name}: {', '.join(_blamed(state)) or state.conclusion}",
        title=_title(state, event),
        lines=tuple(_lines(state)),
    )
    yield from _deployments(state)


def _deployments(state: RunState) -> Iterator[Notice]:
    for job in state.jobs.values():
        if job.environment is None or job.conclusion not in {"success", "failure"}:
            continue
        failed = job.conclusion == "failure"
        event = Event.DEPLOYMENT_FAILED if failed else Event.DEPLOYMENT_FINISHED
        verb = "failed" if failed else "finished"
        yield _notice(
            state,
            event,
            Severity.CRITICAL if failed else Severity.INFO,
            changed=True,
            cause=f"deployment to {job.environment}",
            title=f"Deployment to {job.environment} {verb}",
            lines=tuple(filter(None, (_of_job(job) if failed else "", job.environment_url or ""))),
            environment=job.environment,
        )


def _notice(
    state: RunState,
    event: Event,
    severity: Severity,
    *,
    changed: bool,
    cause: str,
    title: str,
    lines: tuple[str, ...],
    environment: str = "",
) -> Notice:
    facts = state.facts
    assert facts is not None  # noqa: S101 - asked before
    return Notice(
        event=event,
        severity=severity,
        changed=changed,
        cause=cause,
        branch=facts.ref.removeprefix(_BRANCH) if facts.ref.startswith(_BRANCH) else "",
        workflow=facts.workflow_name,
        sha=facts.sha,
        title=title,
        lines=lines,
        facts={
            "event": event,
            "severity": severity,
            "workflow": facts.workflow_name,
            "number": str(facts.number),
            "run": state.run,
            "repository": facts.repository,
            "ref": facts.ref,
            "sha": facts.sha[:10],
            "actor": facts.actor,
            "environment": environment,
            "jobs": ", ".join(_blamed(state)),
        },
    )


def _event(state: RunState, before: RunState | None) -> Event:
    if state.conclusion == "success":
        failed = before is not None and before.conclusion == "failure"
        return Event.RUN_RECOVERED if failed else Event.RUN_PASSED
    if state.conclusion != "failure":
        return Event.RUN_CANCELLED
    nightly = state.facts is not None and state.facts.trigger == "schedule"
    return Event.NIGHTLY_FAILED if nightly else Event.RUN_FAILED


def _severity(state: RunState, event: Event) -> Severity:
    if event not in {Event.RUN_FAILED, Event.NIGHTLY_FAILED}:
        return Severity.INFO
    ref = state.facts.ref if state.facts else ""
    main = ref.removeprefix(_BRANCH) in MAIN or ref.startswith("refs/tags/")
    return Severity.CRITICAL if main or event is Event.NIGHTLY_FAILED else Severity.WARNING


def _changed(state: RunState, before: RunState | None) -> bool:
    if before is None:
        return state.conclusion != "success"
    return (state.conclusion, _blamed(state)) != (before.conclusion, _blamed(before))


def _blamed(state: RunState) -> list[str]:
    return sorted(job.name for job in state.jobs.values() if job.conclusion == "failure" and not job.nodes)


def _title(state: RunState, event: Event) -> str:
    words = {
        Event.RUN_FAILED: "failed",
        Event.NIGHTLY_FAILED: "failed in the night",
        Event.RUN_RECOVERED: "passes again",
        Event.RUN_PASSED: "passed",
        Event.RUN_CANCELLED: "was cancelled",
    }
    facts = state.facts
    assert facts is not None  # noqa: S101 - asked before
    where = facts.ref.removeprefix(_BRANCH).removeprefix("refs/tags/")
    return f"{facts.workflow_name} #{facts.number} {words[event]} on {where}"


def _lines(state: RunState) -> Iterator[str]:
    for job in state.jobs.values():
        if job.conclusion == "failure" and not job.nodes:
            yield _of_job(job)
    if state.conclusion == "failure":
        yield f"Again, on your machine: sluice rerun --failed {state.run}"


def _of_job(job: JobState) -> str:
    step = next((one for one in job.top_steps() if one.conclusion == "failure"), None)
    place = f", step {step.name or step.key}" if step else ""
    reason = (step.reason if step else "") or job.reason
    return f"Job {job.name} failed{place}{f': {reason}' if reason else ''}"
