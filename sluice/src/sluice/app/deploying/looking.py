"""How environments stand and what changed between versions. In: sites. Out: facts for the views."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from pathlib import Path

from sluice.app.deploying.locking import is_free
from sluice.app.deploying.references import find_release
from sluice.app.deploying.site import Site, address_of
from sluice.app.settings import FILE
from sluice.delivery.deployment.events import Release
from sluice.delivery.deployment.policy import KubernetesTarget
from sluice.delivery.deployment.state import Deployment, Phase, live_release, unfinished
from sluice.repository.git import git
from sluice.source.errors import SluiceError
from sluice.targets.checks import ask
from sluice.targets.protocol import Standing
from sluice.views.deployments.facts import Difference, Status

_KUSTOMIZATION = "kustomization.yaml"
_MOST = 50


def look(site: Site) -> Status:
    """The environment as log and target have it."""
    deployments = site.deployments()
    live, hanging = live_release(deployments), unfinished(deployments)
    site = site.at_best(live.release) if live else site
    try:
        standing, ill = site.target.standing(), ""
    except SluiceError as error:
        standing, ill = Standing(), error.message
    health, why = ("unknown", ill) if ill else _health(site, live, standing)
    is_left = hanging is not None and is_free(site.folder)
    if health in {"healthy", "empty"} and (is_left or hanging is None):
        health, why = _after(deployments, health)
    return Status(
        environment=site.name,
        kind=type(site.policy.target).__name__.removesuffix("Target").lower(),
        live=live,
        under_way=None if is_left else hanging,
        last=deployments[-1] if deployments else None,
        health=health,
        ill=why,
        url=address_of(site.policy, standing.addresses),
        standing=standing,
    )


def _after(deployments: Sequence[Deployment], health: str) -> tuple[str, str]:
    """What a deployment that went wrong has left is not well, whatever else runs or doesn't."""
    hanging = unfinished(deployments)
    if hanging is not None:
        return "unhealthy", f"{hanging.name} ({hanging.release.version}) is {hanging.phase}: it was not put right"
    failed = health == "empty" and bool(deployments) and deployments[-1].phase is not Phase.FINISHED
    return ("down", "nothing runs since the last deployment failed") if failed else (health, "")


def _health(site: Site, live: Deployment | None, standing: Standing) -> tuple[str, str]:
    if live is None or standing.live is None:
        return "empty", ""
    if any(part.state == "down" for part in standing.parts) or not standing.parts:
        return "down", next((part.detail for part in standing.parts), "nothing runs")
    ill = next((f"{part.name} is {part.state}" for part in standing.parts if not part.well), "")
    check = site.policy.health
    if check is not None and not ill:
        try:
            ill = ask(site.question(site.bundle(live), check)) or ""
        except SluiceError as error:
            ill = error.message
    return ("unhealthy", ill) if ill else ("healthy", "")


def compare(site: Site, ref: str | None) -> Difference:
    """Between what is live and ``ref``. Raises ``UsageError`` for a ref that is not there."""
    live = live_release(site.deployments())
    here, there = live.release if live else None, find_release(site.root, ref)
    span = f"{here.commit}..{there.commit}" if here else there.commit
    back = f"{there.commit}..{here.commit}" if here else None
    return Difference(
        here=here,
        there=there,
        commits=_commits(site.root, span),
        dropped=_commits(site.root, back) if back else (),
        changelog=_changed_lines(site.root, here, there, "CHANGELOG.md"),
        configuration=_changed_lines(site.root, here, there, FILE, *_described_by(site.at(there), there)),
        unlike=site.at(there).unlike,
    )


def _described_by(site: Site, release: Release) -> tuple[str, ...]:
    """The files and folders that describe the environment besides the policy."""
    target = site.policy.target
    if isinstance(target, KubernetesTarget):
        return tuple(_of_overlay(site.root, release.commit, target.overlay))
    return (*getattr(target, "files", ()), *getattr(target, "locks", ()))


def _of_overlay(root: Path, commit: str, overlay: str) -> list[str]:
    """A kustomization's folder, and what it refers to outside of that, and so on."""
    from sluice.targets.kubernetes.manifests import referred

    found, todo = [overlay], [overlay]
    while todo:
        folder = todo.pop()
        text = git(root, "show", f"{commit}:./{folder}/{_KUSTOMIZATION}")
        named = {posixpath.normpath(posixpath.join(folder, name)) for name in referred(text or "")}
        new = sorted(name for name in named if name not in found and not name.startswith("../"))
        found, todo = [*found, *new], [*todo, *new]
    return found


def _commits(root: Path, span: str) -> tuple[str, ...]:
    listed = git(root, "log", "--no-merges", f"--max-count={_MOST}", "--format=%h %s", span)
    return tuple((listed or "").splitlines())


def _changed_lines(root: Path, here: Release | None, there: Release, *paths: str) -> tuple[str, ...]:
    if here is None:
        return ()
    changes = git(root, "diff", "--unified=0", "--no-color", here.commit, there.commit, "--", *paths) or ""
    return tuple(
        line
        for line in changes.splitlines()
        if line.startswith(("+", "-")) and not line.startswith(("+++", "---")) and line[1:].strip()
    )
