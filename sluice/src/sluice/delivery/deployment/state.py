"""Deployments as a fold over their events. In: entries in order. Out: each deployment's phase, and what is live."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from sluice.delivery.deployment.events import (
    STOP,
    Abandoned,
    Entry,
    Event,
    Failed,
    Finished,
    Healthy,
    Prepared,
    Release,
    Requested,
    RolledBack,
    Started,
    Switched,
    Verified,
    Watching,
)


class Phase(StrEnum):
    """How far a deployment has come."""

    REQUESTED = "requested"
    PREPARED = "prepared"
    STARTED = "started"
    HEALTHY = "healthy"
    VERIFIED = "verified"
    SWITCHED = "switched"
    WATCHING = "watching"
    FINISHED = "finished"
    FAILED = "failed"
    ROLLED_BACK = "rolled back"
    ABANDONED = "abandoned"


FINAL = frozenset({Phase.FINISHED, Phase.ROLLED_BACK, Phase.ABANDONED})
_PHASES: dict[type[Event], Phase] = {
    Requested: Phase.REQUESTED,
    Prepared: Phase.PREPARED,
    Started: Phase.STARTED,
    Healthy: Phase.HEALTHY,
    Verified: Phase.VERIFIED,
    Switched: Phase.SWITCHED,
    Watching: Phase.WATCHING,
    Finished: Phase.FINISHED,
    Failed: Phase.FAILED,
    RolledBack: Phase.ROLLED_BACK,
    Abandoned: Phase.ABANDONED,
}


class Deployment(Struct, frozen=True, kw_only=True):
    """One deployment; times in seconds since 1970. ``switched`` is when the new version first met the outside."""

    environment: str
    number: int
    request: Requested
    phase: Phase
    began: float
    changed: float
    switched: float | None = None
    failed: float | None = None
    reason: str = ""
    recovered: bool = False

    @property
    def name(self) -> str:
        """``staging-12``."""
        return f"{self.environment}-{self.number}"

    @property
    def release(self) -> Release:
        """The version that it deploys."""
        return self.request.release

    @property
    def is_stop(self) -> bool:
        """Whether it deploys nothing, but ends everything."""
        return self.request.kind == STOP

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to be done."""
        return self.phase in FINAL


class TransitionError(ValueError):
    """An event that can't follow what there is: the log was not written by Sluice."""


def fold(before: Deployment | None, entry: Entry) -> Deployment:
    """The deployment after one more of its events; raises ``TransitionError``."""
    event = entry.event
    if before is None:
        return _begun(entry, event)
    if before.is_over or isinstance(event, Requested) or (isinstance(event, Abandoned) and before.switched is not None):
        raise TransitionError(f"{before.name} is {before.phase}: it can't become {_PHASES[type(event)]}")
    after = replace(before, phase=_PHASES[type(event)], changed=entry.time)
    return _noted(after, event, entry.time)


def _noted(after: Deployment, event: Event, moment: float) -> Deployment:
    """With what the event says besides its phase."""
    match event:
        case Switched():
            return replace(after, switched=after.switched or moment)
        case Failed(reason=reason):
            return replace(after, failed=after.failed or moment, reason=reason)
        case RolledBack(reason=reason, recovered=recovered):
            return replace(after, reason=reason, recovered=recovered)
        case Abandoned(reason=reason):
            return replace(after, reason=reason, recovered=True)
        case Finished(recovered=recovered):
            return replace(after, recovered=recovered)
        case _:
            return after


def _begun(entry: Entry, event: Event) -> Deployment:
    if not isinstance(event, Requested):
        raise TransitionError(f"{entry.environment}-{entry.number} begins with {_PHASES[type(event)]}")
    return Deployment(
        environment=entry.environment,
        number=entry.number,
        request=event,
        phase=Phase.REQUESTED,
        began=entry.time,
        changed=entry.time,
    )


def fold_all(entries: Iterable[Entry]) -> tuple[Deployment, ...]:
    """Every deployment, the oldest first; raises ``TransitionError``."""
    known: dict[tuple[str, int], Deployment] = {}
    for entry in entries:
        key = (entry.environment, entry.number)
        known[key] = fold(known.get(key), entry)
    return tuple(known.values())


def live_release(deployments: Iterable[Deployment]) -> Deployment | None:
    """The deployment whose release an environment has when nothing is under way: the last that finished. None after a
    stop.
    """
    finished = [deployment for deployment in deployments if deployment.phase is Phase.FINISHED]
    return finished[-1] if finished and not finished[-1].is_stop else None


def good_releases(deployments: Iterable[Deployment]) -> tuple[Deployment, ...]:
    """What an environment can go back to, newest first, each commit once; the live one and what was rolled back by hand
    are left out. After a stop nothing is live.
    """
    every = tuple(deployments)
    finished = [one for one in every if one.phase is Phase.FINISHED and not one.is_stop]
    live = live_release(every)
    bad = {live.release.commit} if live is not None else set()
    bad |= {one.request.previous.commit for one in finished if one.request.kind == "rollback" and one.request.previous}
    found: dict[str, Deployment] = {}
    for deployment in reversed(finished):
        if deployment.release.commit not in bad:
            found.setdefault(deployment.release.commit, deployment)
    return tuple(found.values())


def unfinished(deployments: Iterable[Deployment]) -> Deployment | None:
    """The deployment that was interrupted or is under way, if any."""
    return next((deployment for deployment in deployments if not deployment.is_over), None)
