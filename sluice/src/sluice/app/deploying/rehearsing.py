"""A deployment in a job that doesn't publish: the whole of it, to a throw-away copy of the environment on loopback.

The copy has free ports, a folder of its own and a history of its own, and is gone when the command ends. The real
environment is neither asked nor touched; what would have been done is an effect of the run.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from msgspec.structs import replace

from sluice.app.deploying.described import differences, policy_at
from sluice.app.deploying.orders import Order, deploy
from sluice.app.deploying.protocol import Teller
from sluice.app.deploying.references import find_release
from sluice.app.deploying.site import address_of, find_policy, make_site
from sluice.app.effects import note_effect
from sluice.app.settings import FILE, load_settings
from sluice.delivery.deployment.policy import EnvironmentPolicy, ProcessTarget
from sluice.delivery.deployment.state import Deployment
from sluice.engine.deploying import ADMITTED
from sluice.source.errors import UnavailableError, UsageError
from sluice.store.places import Places

_LONGEST_WATCH = 2.0


def rehearse(root: Path, name: str, order: Order, teller: Teller) -> Deployment:
    """Deploy to the copy, tell of the effect, end the copy."""
    policy = find_policy(load_settings(root), name)
    check_admission(name)
    teller.said(f"rehearsal: a copy of {name} on this machine, which goes with this command; --publish deploys")
    deployment = deploy_a_copy(root, policy, order, teller)
    note_deployment(policy, f"sluice deploy {policy.name} {deployment.release.version}: {deployment.phase}")
    return deployment


def check_admission(name: str) -> None:
    """What ``--publish`` would refuse is refused here. Raises ``UnavailableError`` and ``UsageError``."""
    admitted = os.environ.get(ADMITTED)
    if admitted == "":
        raise UnavailableError(
            "nobody deploys for this job: only a job that has the environment may deploy to it",
            hint=f"the job needs `environment: {name}`",
        )
    if admitted is not None and admitted != name:
        raise UsageError(f"the job has the environment '{admitted}': it can't deploy to '{name}'")


def deploy_a_copy(root: Path, policy: EnvironmentPolicy, order: Order, teller: Teller) -> Deployment:
    """Deploy into an empty folder, on free ports, and end it again; how it ended. Raises ``UnavailableError``."""
    release = find_release(root, order.ref)
    described = policy_at(root, policy, release.commit)
    if unlike := differences(policy, described):
        teller.said(f"{FILE} of {release.version} counts for how it runs, not the working tree's {unlike}")
    with tempfile.TemporaryDirectory(prefix="sluice-rehearsal-") as folder:
        place = Path(folder)
        site = replace(
            make_site(root, _copy(described), Places(state=place / "state", cache=place / "cache")), rehearsal=True
        )
        try:
            deployment = deploy(site, order, teller)
        finally:
            site.target.restore(None)
    return deployment


def note_deployment(policy: EnvironmentPolicy, request: str) -> None:
    """A line for the run that this job belongs to."""
    kind = type(policy.target).__name__.removesuffix("Target").lower()
    address = address_of(policy)
    note_effect("deployment", f"{policy.name} ({kind}{address and f', {address}'})", request)


def _copy(policy: EnvironmentPolicy) -> EnvironmentPolicy:
    """The environment on free ports of this machine, without reviewers, watched for a moment."""
    if not isinstance(policy.target, ProcessTarget):
        raise UnavailableError(
            f"environment '{policy.name}' can't be copied to this machine: only processes can",
            hint="`sluice run --publish` deploys it",
        )
    ports = dict.fromkeys(policy.target.ports, "127.0.0.1:0")
    return replace(
        policy, target=replace(policy.target, ports=ports), watch=min(policy.watch, _LONGEST_WATCH), reviewers=()
    )
