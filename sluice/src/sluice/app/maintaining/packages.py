"""Old versions of container packages on GitHub: those that the clean-up of a workflow would remove."""

from __future__ import annotations

from sluice.app.maintaining.scene import Scene
from sluice.delivery.maintenance.model import Finding, Section
from sluice.github.connection import connect, find_place
from sluice.github.packages import superfluous_versions
from sluice.source.errors import UnavailableError
from sluice.views.text.wording import count

KEPT = 10
"""Untagged versions that stay, as `actions/delete-package-versions` of the image workflow keeps them."""


def look_at_packages(scene: Scene) -> Section:
    """The untagged versions of each package of ``[maintain]`` but for the newest."""
    packages = scene.maintenance.packages
    if not packages:
        return Section(nothing="[maintain] `packages` names none")
    place = find_place()
    if scene.offline or place is None:
        raise UnavailableError("packages are asked for with GITHUB_TOKEN and GITHUB_REPOSITORY, online")
    hub = connect(place)
    findings = []
    for package in packages:
        base, old = superfluous_versions(hub, package, keep=KEPT)
        if old:
            findings.append(
                Finding(
                    text=f"{package} has {count(len(old), 'untagged version')} beyond the {KEPT} newest",
                    commands=tuple(f"gh api --method DELETE {base}/{one.id}" for one in old),
                )
            )
    return Section(findings=tuple(findings), facts=(f"looked at {', '.join(packages)}",))
