"""What a person asks for: deploy, roll back. In: an environment and a REF. Out: a deployment that is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager

from msgspec import Struct, field
from msgspec.structs import replace

from sluice.app.deploying.locking import alone
from sluice.app.deploying.permission import ask_reviewers, wait_timer
from sluice.app.deploying.protocol import Teller
from sluice.app.deploying.references import changed_files, check_rules, find_release
from sluice.app.deploying.rollout import recover, roll_out
from sluice.app.deploying.secrets import find_secrets, secrets_at_hand
from sluice.app.deploying.site import Site, actor
from sluice.app.deploying.stopping import finish_stop
from sluice.app.deploying.telling import promise_to_tell, tell_channels, tell_left
from sluice.app.deploying.unnamed import as_it_stands
from sluice.app.settings import FILE
from sluice.delivery.deployment.events import Release, Requested
from sluice.delivery.deployment.policy import Busy
from sluice.delivery.deployment.state import Deployment, good_releases, live_release, unfinished
from sluice.source.errors import UsageError
from sluice.targets.protocol import TargetError

_SHOWN = 3
"""Names of files that are written out."""


class Order(Struct, frozen=True, kw_only=True):
    """Deploy ``ref``, or what is checked out; ``tell`` whether the channels hear how it ended."""

    ref: str | None = None
    secrets: Mapping[str, str] = field(default_factory=dict)
    approvals: tuple[str, ...] = ()
    busy: Busy | None = None
    why: str = ""
    tell: bool = False


def deploy(site: Site, order: Order, teller: Teller) -> Deployment:
    """Deploy and say how it ended. Raises ``UsageError`` for what may not go there, ``RefusedError``."""
    release = find_release(site.root, order.ref)
    _refuse_other_kind(site)
    if order.ref is None and (changed := changed_files(site.root)):
        teller.said(f"what is not committed is not in it: {', '.join(changed[:_SHOWN])}{_more(changed)}")
    if not site.rehearsal:
        check_rules(site.root, site.policy, release)
    site = replace(site, secrets=find_secrets(site.root, site.policy, order.secrets))
    return _deliver(site, order, release, "deploy", teller)


def _more(files: Sequence[str]) -> str:
    return f" and {len(files) - _SHOWN} more" if len(files) > _SHOWN else ""


def _refuse_other_kind(site: Site) -> None:
    """What runs would be out of reach."""
    if as_it_stands(site) is not site:
        raise UsageError(
            f"environment '{site.name}' runs as processes, and {FILE} says another kind of place",
            hint=f"sluice deploy stop {site.name} ends them first",
        )


def roll_back(site: Site, order: Order, teller: Teller) -> Deployment:
    """Back to the last good version before the live one (after a stop: to the last good one), or to the good one that
    ``ref`` names. Which one is live, an interrupted deployment or another command may decide yet: that comes first.
    Secrets that nobody gives are those of the live one: whoever goes back in a hurry need not look for them.
    """
    _refuse_other_kind(site)
    site = replace(site, secrets=find_secrets(site.root, site.policy, order.secrets, site.target.kept_variables()))
    with _alone(site, order, "rollback", teller):
        _recover_and_tell(site, teller)
    return _deliver(site, order, _good_release(site, order.ref), "rollback", teller)


def _alone(site: Site, order: Order, what: str, teller: Teller) -> AbstractContextManager[None]:
    busy = order.busy or site.policy.concurrency
    return alone(site.folder, what, busy, lambda holder: teller.said(f"waits for {holder}"))


def _deliver(site: Site, order: Order, release: Release, kind: str, teller: Teller) -> Deployment:
    what, described = f"{kind} of {release.version}", _described(site, release, kind)
    if described.unlike:
        teller.said(f"{FILE} of {release.version} counts for how it runs, not the working tree's {described.unlike}")
    approved_by = "" if site.rehearsal else ask_reviewers(site.policy, order.approvals, what)
    if not site.rehearsal:
        wait_timer(site.policy, teller.said)
    with _alone(site, order, what, teller):
        _recover_and_tell(site, teller)
        live = live_release(site.deployments())
        request = Requested(
            release=release,
            previous=live.release if live else None,
            previous_number=live.number if live else None,
            kind=kind,
            actor=actor(),
            beside=described.target.beside,
            why=order.why,
            approved_by=approved_by,
        )
        number = site.begin(request)
        untold = promise_to_tell(site, number) if order.tell and not site.rehearsal else None
        deployment = roll_out(described, number, teller)
    if untold is not None:
        tell_channels(site, deployment, untold)
    return deployment


def _described(site: Site, release: Release, kind: str) -> Site:
    """A commit that is to be deployed must be right; what was good may go on as the working tree has it."""
    return site.at_best(release) if kind == "rollback" else site.at(release)


def _good_release(site: Site, ref: str | None) -> Release:
    good = good_releases(site.deployments())
    if not good:
        raise UsageError(
            f"environment '{site.name}' has no other version that was good",
            hint=f"what there was: sluice deploy history {site.name}; any commit: sluice deploy {site.name} REF",
        )
    if ref is None:
        return good[0].release
    commit = find_release(site.root, ref).commit
    found = next((one.release for one in good if one.release.commit == commit or one.release.version == ref), None)
    if found is None:
        known = ", ".join(one.release.version for one in good)
        raise UsageError(f"'{ref}' was never good in '{site.name}'", hint=f"good versions: {known}")
    return found


def recover_if_free(site: Site, teller: Teller) -> None:
    """Finish or undo what was interrupted, unless somebody is at work there."""
    try:
        with alone(site.folder, "recovery", Busy.REFUSE, teller.said):
            _put_right(site, teller)
    except UsageError:  # somebody is at work there
        return


def _put_right(site: Site, teller: Teller) -> None:
    try:
        _recover_and_tell(replace(site, secrets=secrets_at_hand(site.policy)), teller)
    except TargetError as error:
        teller.said(f"{site.name} could not be put right: {error.message}")


def _recover_and_tell(site: Site, teller: Teller) -> None:
    """Put an interrupted deployment right and tell the channels how it ended: its own command can't any more. What was
    to be stopped does not come back.
    """
    finish_stop(site, teller)
    hanging = unfinished(site.deployments())
    untold = promise_to_tell(site, hanging.number) if hanging is not None else None
    found = recover(site, teller)
    if found is not None and untold is not None:
        tell_channels(site, found, untold)
    tell_left(site)
