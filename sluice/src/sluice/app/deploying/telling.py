"""Channels are told of a deployment that a person made, and of one that was interrupted and is over now.

One in a run is told of with the run. What could not be told is said on stderr and changes no deployment. What is to be
told is kept in the environment's folder before it is over, so that the next command tells what a kill has left.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sluice.app.announcing import News, Telling, announcements_for, once, say_on_stderr, say_untold, tell, tell_late
from sluice.app.deploying.site import Site, address_of
from sluice.app.secrets.sources import Values, look_up
from sluice.app.settings import Settings, load_settings
from sluice.delivery.deployment.state import Deployment, Phase
from sluice.masking.masker import Masker
from sluice.notify.notices import About, Event, Notice, Severity
from sluice.repository.git import git
from sluice.source.errors import InvalidInputError
from sluice.store.untold import Subject, Untold, left_behind, promise

WORKFLOW = "sluice deploy"
"""What a channel's ``workflows`` call a deployment that no workflow made."""
_LATER = "{}: no channel hears of it before sluice.toml is right"


def promise_to_tell(site: Site, number: int) -> Untold:
    """Keep that the channels are to hear how this deployment ends."""
    return promise(_kept_in(site), Subject(root=str(site.root), number=number))


def tell_channels(site: Site, deployment: Deployment, untold: Untold) -> None:
    """Tell every channel of ``sluice.toml`` that wants to know; while that is wrong, it stays to be told."""
    try:
        settings, telling = _means(site, untold, say_on_stderr)
    except InvalidInputError:
        say_on_stderr(_LATER.format(deployment.name))
        return
    mask = Masker(value for value in telling.secrets.values() if value).mask_text
    found = announcements_for([notice_of(site, deployment)], settings.channels, mask)
    list(say_untold(tell(found, telling)))
    untold.settle()


def tell_left(site: Site, say: Callable[[str], None] = say_on_stderr) -> None:
    """Tell of deployments that are over and that a killed command has told nobody of, or not everybody."""
    if not _kept_in(site).is_dir():
        return
    say, over = once(say), {one.number: one for one in site.deployments() if one.is_over}
    for untold in left_behind(_kept_in(site)):
        deployment = over.get(untold.subject.number)
        if deployment is None:
            continue
        try:
            settings, telling = _means(site, untold, say)
        except InvalidInputError:
            say(_LATER.format(deployment.name))
        else:
            news = News(what=deployment.name, ended=deployment.changed, notices=(notice_of(site, deployment),))
            list(say_untold(tell_late(news, settings.channels, telling), say))


def _kept_in(site: Site) -> Path:
    return site.folder / "untold"


def _means(site: Site, untold: Untold, say: Callable[[str], None]) -> tuple[Settings, Telling]:
    """A keyring that can't be asked is said, and lacks its secrets."""
    settings = load_settings(site.root)
    found = look_up(Values(), settings.declarations, site.root)
    for error in found.unanswered.values() if settings.channels else ():
        say(error.message)
    return settings, Telling(secrets=found.secrets, repository=site.repository, untold=untold)


def notice_of(site: Site, deployment: Deployment) -> Notice:
    """What there is to tell of a deployment that is over."""
    well = deployment.phase is Phase.FINISHED
    verb = "Rollback" if deployment.request.kind == "rollback" else "Deployment"
    before, address = deployment.request.previous, address_of(site.at_best(deployment.release).policy)
    versions = f"{before.version} → {deployment.release.version}" if before else deployment.release.version
    return Notice(
        event=Event.DEPLOYMENT_FINISHED if well else Event.DEPLOYMENT_FAILED,
        severity=Severity.INFO if well else Severity.CRITICAL,
        changed=True,
        title=f"{verb} to {site.name} {'finished' if well else 'failed'}",
        lines=tuple(filter(None, (versions, deployment.reason, deployment.request.why, address))),
        about=_about(site, deployment),
        environment=site.name,
    )


def _about(site: Site, deployment: Deployment) -> About:
    release = deployment.release
    is_branch = git(site.root, "rev-parse", "--verify", "--quiet", f"refs/heads/{release.ref}") is not None
    return About(
        workflow=WORKFLOW,
        ref=f"refs/heads/{release.ref}" if is_branch else release.ref,
        branch=release.ref if is_branch else "",
        sha=release.commit,
        facts={
            "workflow": WORKFLOW,
            "number": str(deployment.number),
            "run": deployment.name,
            "repository": site.repository,
            "ref": release.ref,
            "sha": release.commit[:10],
            "actor": deployment.request.actor,
            "jobs": "",
        },
    )
