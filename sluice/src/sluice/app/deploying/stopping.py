"""Nothing is to run in an environment any more: everything is ended, and nothing comes back by itself."""

from __future__ import annotations

from collections.abc import Iterable

from sluice.app.deploying.locking import alone
from sluice.app.deploying.protocol import Teller
from sluice.app.deploying.rollout import restore
from sluice.app.deploying.site import Site, actor
from sluice.app.deploying.telling import promise_to_tell, tell_channels, tell_left
from sluice.delivery.deployment.events import STOP, Abandoned, Event, Finished, Requested, RolledBack
from sluice.delivery.deployment.policy import Busy
from sluice.delivery.deployment.state import Deployment, live_release, unfinished
from sluice.targets.protocol import Part


def stop(site: Site, why: str, teller: Teller) -> tuple[str, ...]:
    """End everything in the environment; what there was that could be ended. Its history stays, and has the stop in it.
    Raises ``TargetError`` when something stays: the next command ends it, also when it is another stop.
    """
    with alone(site.folder, "stop", Busy.WAIT, teller.said):
        parts, known = site.target.standing().parts, site.deployments()
        if _begun(known) is not None:
            finish_stop(site, teller)
        elif not known or (known[-1].is_stop and not parts):
            restore(site, None)
        else:
            meant = live_release(known) or unfinished(known) or known[-1]
            _finish(site, site.begin(_request(site, meant, why)))
        tell_left(site)
    return tuple(map(_in_words, parts))


def finish_stop(site: Site, teller: Teller) -> None:
    """Whatever a stop that was interrupted has left is ended. The caller holds the environment's lock."""
    begun = _begun(site.deployments())
    if begun is not None:
        teller.said(f"{begun.name}: the interrupted stop goes on")
        _finish(site, begun.number, recovered=True)


def _begun(deployments: Iterable[Deployment]) -> Deployment | None:
    """The stop that was interrupted, if any."""
    return next((one for one in deployments if one.is_stop and not one.is_over), None)


def _finish(site: Site, number: int, *, recovered: bool = False) -> None:
    """What an interrupted deployment has begun is over, too: nobody is to go on with it."""
    restore(site, None)
    for one in site.deployments():
        if not one.is_over and one.number != number:
            _close(site, one)
    site.note(number, Finished(recovered=recovered))


def _close(site: Site, hanging: Deployment) -> None:
    untold = promise_to_tell(site, hanging.number)
    site.note(hanging.number, _ending(hanging))
    tell_channels(site, next(one for one in site.deployments() if one.number == hanging.number), untold)


def _ending(hanging: Deployment) -> Event:
    reason = f"{hanging.reason or f'interrupted after it was {hanging.phase}'}; then everything was stopped"
    return Abandoned(reason=reason) if hanging.switched is None else RolledBack(reason=reason, recovered=True)


def _request(site: Site, meant: Deployment, why: str) -> Requested:
    return Requested(
        release=meant.release,
        previous=None,
        previous_number=None,
        kind=STOP,
        actor=actor(),
        beside=site.target.beside,
        why=why,
    )


def _in_words(part: Part) -> str:
    return part.name if part.state == "running" else f"{part.name}, which was {part.state}"
