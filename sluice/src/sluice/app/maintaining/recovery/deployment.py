"""A deployment from nothing: into an empty folder, from the commit's own archive, on free ports of this machine.

What is deployed is what the environment has, else the newest tag, else what is checked out.
"""

from __future__ import annotations

from sluice.app.deploying.orders import Order
from sluice.app.deploying.rehearsing import deploy_a_copy
from sluice.app.deploying.site import find_policy
from sluice.app.maintaining.scene import Scene
from sluice.delivery.deployment.state import Deployment, Phase, live_release
from sluice.delivery.deployment.strategy import Step
from sluice.delivery.maintenance.settings import Recovery
from sluice.repository.git import git
from sluice.targets.protocol import TargetError


class Silent:
    """A teller that listens to nobody: the report says how it ended."""

    def began(self, deployment: Deployment) -> None:
        """Nothing."""

    def doing(self, step: Step) -> None:
        """Nothing."""

    def done(self, step: Step, detail: str, seconds: float) -> None:
        """Nothing."""

    def went_back(self, reason: str) -> None:
        """Nothing."""

    def said(self, text: str) -> None:
        """Nothing."""

    def ended(self, deployment: Deployment) -> None:
        """Nothing."""


def deploy_from_nothing(scene: Scene, drill: Recovery, address: str | None) -> str:
    """Deploy; says what. ``address`` is the restored database's. Raises ``TargetError`` when it does not become well,
    ``UsageError`` and ``UnavailableError`` for what could not be tried.
    """
    policy = find_policy(scene.settings, drill.environment)
    secrets = {drill.database: address} if drill.database and address else {}
    deployment = deploy_a_copy(scene.root, policy, Order(ref=_ref(scene, drill), secrets=secrets), Silent())
    if deployment.phase is not Phase.FINISHED:
        raise TargetError(f"{deployment.release.version} can't be deployed from nothing: {deployment.reason}")
    return f"{drill.environment} deployed from nothing: {deployment.release.version}"


def _ref(scene: Scene, drill: Recovery) -> str | None:
    live = live_release(one for one in scene.deployments if one.environment == drill.environment)
    return live.release.commit if live else git(scene.root, "describe", "--tags", "--abbrev=0")
