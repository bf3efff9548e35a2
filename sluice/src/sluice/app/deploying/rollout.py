"""A deployment, step by step, and the way back. In: a site and a request. Out: a deployment that is over.

The log is written after each step, so that a later command knows how far this one came: ``recover`` finishes or undoes
what was interrupted. The caller holds the environment's lock.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from sluice.app.deploying.printed import mask_ended, masker_of
from sluice.app.deploying.protocol import Teller
from sluice.app.deploying.site import Site
from sluice.app.deploying.verifying import forget_interrupted, verify
from sluice.delivery.deployment.events import (
    Abandoned,
    Event,
    Failed,
    Finished,
    Healthy,
    Prepared,
    RolledBack,
    Started,
    Switched,
    Verified,
    Watching,
)
from sluice.delivery.deployment.policy import HealthCheck
from sluice.delivery.deployment.state import Deployment, Phase, live_release, unfinished
from sluice.delivery.deployment.strategy import Step, Way, resolve, steps
from sluice.source.errors import SluiceError
from sluice.targets.checks import wait_for_complaint, wait_for_health, watch
from sluice.targets.protocol import Bundle

_AT = {
    Step.PREPARE: "it could not be built",
    Step.START: "it could not be started",
    Step.HEALTH: "health check failed",
    Step.VERIFY: "verification failed",
    Step.SWITCH: "it could not be switched to",
    Step.WATCH: "it failed while it was watched",
    Step.RETIRE: "the old version could not be ended",
}

_HOPELESS = 3
"""Ends of a program after which its check won't find it well any more. The first one counts without a check, and for a
version that was well.
"""
_SETTLING = 2.0
"""Seconds of the watch that come before the switch where there is no check: what can't start has ended by then."""

_EVENTS: Mapping[Step, type[Prepared | Started | Healthy | Verified | Switched]] = {
    Step.PREPARE: Prepared,
    Step.START: Started,
    Step.HEALTH: Healthy,
    Step.VERIFY: Verified,
    Step.SWITCH: Switched,
}


class Rollout:
    """The steps of one deployment at one site."""

    def __init__(self, site: Site, number: int, teller: Teller) -> None:
        self._site = site
        self._number = number
        self._teller = teller
        self._step = Step.PREPARE
        self._bundle = site.bundle(self.deployment)
        self._forgiven = 0

    @property
    def deployment(self) -> Deployment:
        """As the log has it now."""
        return next(one for one in self._site.deployments() if one.number == self._number)

    def forward(self) -> None:
        """Every step, in order; on any failure back to the last good version."""
        self._attempt(steps(beside=self._site.target.beside))

    def finish(self) -> None:
        """The rest of an interrupted deployment whose version is live: well and watched, it stays."""
        if self.deployment.switched is None:
            self._note(Switched(detail="found switched"))
        again = () if self._site.target.beside else (Step.SWITCH,)  # who was replaced in place may be so in part only
        self._attempt((*again, Step.HEALTH, Step.WATCH, Step.RETIRE), recovered=True)

    def go_back(self, reason: str, *, recovered: bool = False) -> None:
        """To the version before, or to nothing where there was none. Raises ``TargetError`` when that fails, too."""
        self._teller.went_back(reason)
        self._restore_previous()
        self._note(RolledBack(reason=reason, recovered=recovered))

    def undo(self, reason: str) -> None:
        """Away with a version that nobody has met."""
        self._teller.went_back(reason)
        self._restore_previous()
        self._note(Abandoned(reason=reason))

    def _attempt(self, todo: tuple[Step, ...], *, recovered: bool = False) -> None:
        try:
            for step in todo:
                self._carry_out(step, recovered=recovered)
        except SluiceError as error:
            self._fail(f"{self._at}: {_in_full(error)}", recovered=recovered)
        except KeyboardInterrupt:
            self._fail(f"{self._step}: interrupted", recovered=recovered)
            raise

    @property
    def _at(self) -> str:
        """Where it failed; who is asked for no check and ends was not started."""
        unchecked = self._step is Step.HEALTH and self._site.policy.health is None
        return _AT[Step.START if unchecked else self._step]

    def _carry_out(self, step: Step, *, recovered: bool) -> None:
        self._step = step
        self._teller.doing(step)
        began = time.monotonic()
        event, detail = self._perform(step, recovered=recovered)
        if event is not None:
            self._note(event)
        self._teller.done(step, detail, time.monotonic() - began)

    def _perform(self, step: Step, *, recovered: bool) -> tuple[Event | None, str]:
        """Do it; say what happened and with what detail."""
        said = ""
        target, bundle = self._site.target, self._bundle
        match step:
            case Step.PREPARE:
                said = target.prepare(bundle)
            case Step.START:
                said = target.start(bundle)
            case Step.HEALTH:
                said = self._check_health(recovered=recovered)
            case Step.VERIFY:
                said = verify(self._site, bundle)
            case Step.SWITCH:
                said = target.switch(bundle)
            case Step.WATCH:
                said = self._watch()
            case Step.RETIRE:
                said = target.retire(bundle)
                mask_ended(self._site, masker_of(self._site), bundle.number)
        return _event_after(step, said, recovered=recovered), said

    def _check_health(self, *, recovered: bool) -> str:
        """Who was interrupted may have run for long meanwhile, and ended at times: that is past."""
        check = self._site.policy.health
        self._forgiven = self._ends() if recovered else 0
        if check is None:
            return self._keeps_running(min(_SETTLING, self._site.policy.watch))
        return _wait_for_health(self._site, self._bundle, check, self._forgiven)

    def _watch(self) -> str:
        """The event comes before the watch: whoever finds it knows that the switch was done."""
        check, seconds = self._site.policy.health, self._site.policy.watch
        self._note(Watching(seconds=seconds))
        if check is None:
            return self._keeps_running(seconds)
        complaint = _complaint(self._site, self._bundle, self._ends() + 1)
        watch(lambda: self._site.question(self._bundle, check), complaint, seconds)
        return f"well for {seconds:g} s"

    def _keeps_running(self, seconds: float) -> str:
        """All that can be asked without a check. A target that replaces in place has waited for it already."""
        complaint = _complaint(self._site, self._bundle, self._forgiven + 1)
        wait_for_complaint(complaint, seconds if self._site.target.beside else 0)
        return "no check is configured"

    def _ends(self) -> int:
        return self._site.target.ended(self._bundle).count

    def _fail(self, reason: str, *, recovered: bool) -> None:
        self._note(Failed(reason=reason))
        self.go_back(reason, recovered=recovered)

    def _restore_previous(self) -> None:
        """The version to go back to, as the deployment that brought it and by the settings that it came with."""
        number = self.deployment.request.previous_number
        before = next((one for one in self._site.deployments() if one.number == number), None)
        restore(self._site, before)

    def _note(self, event: Event) -> None:
        self._site.note(self._number, event)


def roll_out(site: Site, number: int, teller: Teller) -> Deployment:
    """Carry out the deployment that has begun. It is over when it comes back, finished or not."""
    rollout = Rollout(site, number, teller)
    teller.began(rollout.deployment)
    try:
        rollout.forward()
    finally:
        teller.ended(rollout.deployment)
    return rollout.deployment


def recover(site: Site, teller: Teller) -> Deployment | None:
    """Finish or undo what a kill or a power cut has interrupted; the deployment, if there was one."""
    forget_interrupted(site)
    hanging = unfinished(site.deployments())
    if hanging is None:
        _hold_up(site)
        return None
    resolution = resolve(hanging, site.target.standing().live)
    rollout = Rollout(site.at_best(hanging.release), hanging.number, teller)
    stood = "failed, and was not put right" if hanging.phase is Phase.FAILED else f"was {resolution.reason}"
    teller.said(f"{hanging.name} ({hanging.release.version}) {stood}")
    match resolution.way:
        case Way.FINISH:
            rollout.finish()
        case Way.UNDO:
            rollout.undo(resolution.reason)
        case Way.GO_BACK:
            rollout.go_back(resolution.reason, recovered=True)
    teller.ended(rollout.deployment)
    return rollout.deployment


def _event_after(step: Step, detail: str, *, recovered: bool) -> Event | None:
    if step is Step.RETIRE:
        return Finished(recovered=recovered)
    kind = _EVENTS.get(step)
    return kind(detail=detail) if kind is not None else None


def _hold_up(site: Site) -> None:
    """After a power cut between deployments: what was live runs again."""
    live = live_release(site.deployments())
    parts = site.target.standing().parts
    if live is not None and parts and all(part.state == "down" for part in parts):
        restore(site, live)


def restore(site: Site, deployment: Deployment | None) -> None:
    """The version alone and well, or nothing. Raises ``TargetError`` when it does not become well."""
    masker = masker_of(site)
    if deployment is None:
        site.target.restore(None)
        mask_ended(site, masker, None)
        return
    site = site.at_best(deployment.release)
    bundle, check = site.bundle(deployment), site.policy.health
    site.target.restore(bundle)
    mask_ended(site, masker, deployment.number)
    if check is not None:
        _wait_for_health(site, bundle, check, site.target.ended(bundle).count)


def _wait_for_health(site: Site, bundle: Bundle, check: HealthCheck, forgiven: int) -> str:
    return wait_for_health(lambda: site.question(bundle, check), _complaint(site, bundle, forgiven + _HOPELESS))


def _complaint(site: Site, bundle: Bundle, most: int) -> Callable[[], str]:
    """How its program ended, once it has so often."""

    def complaint() -> str:
        ended = site.target.ended(bundle)
        return ended.how if ended.count >= most else ""

    return complaint


def _in_full(error: SluiceError) -> str:
    return f"{error.message}\n        {error.hint}" if error.hint else error.message
