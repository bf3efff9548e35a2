"""The ``environment`` of a job: what it names, who must agree, how long it waits."""

from __future__ import annotations

from collections.abc import Mapping

import anyio
from msgspec import Struct

from sluice.engine.facilities import Facilities, Protection, Verdict
from sluice.engine.jobs.status import Status
from sluice.events.model import JobWaiting, ReviewGiven, ReviewRequested
from sluice.expressions.values import Dictionary, Value
from sluice.plan.rules.environments import Environment


class Refusal(Struct, frozen=True, kw_only=True):
    """Why a job may not enter; ``unavailable`` says that there was nobody here to ask."""

    status: Status
    reason: str
    unavailable: bool = False


async def admitted(facilities: Facilities, job: str, place: Environment | None) -> Refusal | None:
    """Look at the ref, ask the reviewers, then wait out the timer; ``None`` when the job may start."""
    if place is None:
        return None
    protection = facilities.protections.get(place.name, Protection())
    if protection.refused:
        return Refusal(status=Status.FAILURE, reason=protection.refused)
    if protection.reviewers:
        refusal = await _review(facilities, job, place.name, protection)
        if refusal is not None:
            return refusal
    if protection.wait_timer:
        detail = f"{protection.wait_timer:g} minutes for {place.name}"
        facilities.emit(JobWaiting(job=job, reason="timer", detail=detail))
        await anyio.sleep(protection.wait_timer * 60)
    return None


async def _review(facilities: Facilities, job: str, name: str, protection: Protection) -> Refusal | None:
    facilities.emit(ReviewRequested(job=job, environment=name, reviewers=protection.reviewers))
    verdict = await facilities.reviewer.ask(name, protection.reviewers, job)
    if verdict.approved is None:
        return Refusal(
            status=Status.SKIPPED,
            reason=f"environment '{name}' needs a review by {', '.join(protection.reviewers)}, and nobody could be "
            f"asked: run it on a terminal, or with --approve {name}",
            unavailable=True,
        )
    facilities.emit(_given(job, name, verdict))
    if verdict.approved:
        return None
    return Refusal(status=Status.FAILURE, reason=f"environment '{name}' was refused by {verdict.reviewer}")


def _given(job: str, name: str, verdict: Verdict) -> ReviewGiven:
    return ReviewGiven(
        job=job,
        environment=name,
        approved=bool(verdict.approved),
        reviewer=verdict.reviewer,
        comment=verdict.comment,
    )


def visible_secrets(known: Value, protections: Mapping[str, Protection], place: Environment | None) -> Dictionary:
    """The secrets that a job sees: those that environments keep for themselves only in one of these."""
    everything = known if isinstance(known, Dictionary) else Dictionary()
    own = protections.get(place.name, Protection()).secrets if place else ()
    admitted_here = {name.upper() for name in own}
    kept = {name.upper() for one in protections.values() for name in one.secrets} - admitted_here
    return Dictionary({name: value for name, value in everything.items() if name.upper() not in kept})
