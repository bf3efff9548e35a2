"""Channels are told of a deployment that a person made, and of one that was interrupted and is over now.

One in a run is told of with the run. What could not be told is said on stderr and changes no deployment.
"""

from __future__ import annotations

import sys

from sluice.app.announcing import announcements_for, tell
from sluice.app.deploying.site import Site
from sluice.app.secrets.sources import Values, completed
from sluice.app.settings import load_settings
from sluice.delivery.deployment.state import Deployment, Phase
from sluice.engine.output.masking import Masker
from sluice.notify.notices import About, Event, Notice, Severity
from sluice.runners.host.git import git
from sluice.source.errors import UnavailableError
from sluice.targets.checks import filled

WORKFLOW = "sluice deploy"
"""What a channel's ``workflows`` call a deployment that no workflow made."""


def tell_channels(site: Site, deployment: Deployment) -> None:
    """Tell every channel of ``sluice.toml`` that wants to know."""
    settings = load_settings(site.root)
    if not settings.channels:
        return
    try:
        secrets = completed(Values(), settings.declarations, site.root).secrets
    except UnavailableError as error:
        sys.stderr.write(f"sluice: nobody was told: {error.message}\n")
        return
    mask = Masker(value for value in secrets.values() if value).mask_text
    found = announcements_for([notice_of(site, deployment)], settings.channels, mask)
    for one in tell(found, secrets, site.repository):
        if isinstance(one, UnavailableError):
            sys.stderr.write(f"sluice: {one.message}\n")


def notice_of(site: Site, deployment: Deployment) -> Notice:
    """What there is to tell of a deployment that is over."""
    well = deployment.phase is Phase.FINISHED
    verb = "Rollback" if deployment.request.kind == "rollback" else "Deployment"
    before = deployment.request.previous
    versions = f"{before.version} → {deployment.release.version}" if before else deployment.release.version
    return Notice(
        event=Event.DEPLOYMENT_FINISHED if well else Event.DEPLOYMENT_FAILED,
        severity=Severity.INFO if well else Severity.CRITICAL,
        changed=True,
        title=f"{verb} to {site.name} {'finished' if well else 'failed'}",
        lines=tuple(filter(None, (versions, deployment.reason, deployment.request.why, _address(site)))),
        about=_about(site, deployment),
        environment=site.name,
    )


def _address(site: Site) -> str:
    """Where it is to be found, unless that has ports that only a target knows."""
    url = filled(site.policy.url, {})
    return "" if "$" in url else url


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
