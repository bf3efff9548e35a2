"""Environments that were deployed to and that no settings name any more: renamed, removed, or of a folder that moved.

What runs there goes on: it is to be seen, and whoever asks can end it. Nothing is put right or started there. One that
is named, as another kind of place, is looked after as what it was until somebody ends it. One of which the settings say
nothing that can be read is no other than these until they are right.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from sluice.app.deploying.described import environment_at
from sluice.app.deploying.known import known_environments
from sluice.app.deploying.site import Site, own_names, site_of
from sluice.app.settings import FILE
from sluice.delivery.deployment.policy import EnvironmentPolicy, ProcessTarget
from sluice.delivery.deployment.state import Deployment, fold_all, live_release
from sluice.repository.git import git
from sluice.source.errors import InvalidInputError, SluiceError
from sluice.store.ledgers.deployments import DeploymentLog
from sluice.store.places import Places, find_places, folder_name
from sluice.targets.process.records import load


def unnamed_sites(root: Path, name: str | None = None) -> tuple[Site, ...]:
    """Those of this repository, or those of this name, whether something runs there or not."""
    places = find_places().prepare()
    if not places.deployments.is_file():
        return ()
    own, environments = own_names(root), known_environments(root).environments
    named = {one.name for one in environments.values() if one.target is not None}
    found = (
        _site(root, repository, environment, places)
        for repository, environment in DeploymentLog(places.deployments).environments()
        if name in {None, environment} and (environment not in named if repository in own else _is_gone(repository))
    )
    return tuple(site for site in found if site is not None)


def as_it_stands(site: Site) -> Site:
    """The environment as what runs there was started, where the settings say another kind of place by now."""
    if site.rehearsal or isinstance(site.policy.target, ProcessTarget) or not load(site.folder).slots:
        return site
    deployments = site.deployments()
    policy = _policy(site.root, site.name, live_release(deployments) or deployments[-1], site.folder)
    return site_of(site.root, site.repository, policy, find_places().prepare())


def running(sites: tuple[Site, ...]) -> Iterator[Site]:
    """Those where something runs, as far as that can be told."""
    for site in sites:
        try:
            parts = site.target.standing().parts
        except SluiceError:  # its engine or its cluster can't be asked
            continue
        if any(part.state != "down" for part in parts):
            yield site


def to_be_seen(sites: tuple[Site, ...]) -> Iterator[Site]:
    """Those where something runs, and those that the settings may name: these should run."""
    seen = tuple(running(sites))
    return (site for site in sites if site in seen or left_open(site))


def left_open(site: Site) -> bool:
    """Whether the settings may name it, and can't be read."""
    return site.repository in own_names(site.root) and known_environments(site.root).leaves_open(site.name)


def described_sites(root: Path, name: str) -> tuple[Site, ...]:
    """Those of this name that the settings leave open and the commit that was deployed describes: to go back there."""
    return tuple(site for site in unnamed_sites(root, name) if left_open(site) and site.policy != _bare(name))


def why_unnamed(site: Site) -> str:
    """In a line, with what ends it."""
    if left_open(site):
        return f"what {FILE} says of it can't be read: this is as it was deployed"
    where = f"{FILE} does not have it" if site.repository in own_names(site.root) else f"{site.repository} is gone"
    return f"{where}, and it runs: sluice deploy stop {site.name} --gone"


def _site(root: Path, repository: str, name: str, places: Places) -> Site | None:
    deployments = fold_all(DeploymentLog(places.deployments).read(repository, name))
    last = live_release(deployments) or deployments[-1]
    if repository not in own_names(root) and not _has(root, last.release.commit):
        return None  # it was another one, that is gone
    policy = _policy(root, name, last, places.environments / folder_name(repository) / name)
    return None if policy.target is None else site_of(root, repository, policy, places)


def _is_gone(repository: str) -> bool:
    """Whether it was a folder: it may be this repository's, from before it moved."""
    return repository.startswith("/") and not Path(repository).is_dir()


def _has(root: Path, commit: str) -> bool:
    return git(root, "cat-file", "-e", f"{commit}^{{commit}}") is not None


def _policy(root: Path, name: str, last: Deployment, folder: Path) -> EnvironmentPolicy:
    """As the commit has it that was deployed; what runs as processes can be ended without, too."""
    with suppress(InvalidInputError):
        found = environment_at(root, name, last.release.commit)
        if found is not None and (isinstance(found.target, ProcessTarget) or not load(folder).slots):
            return found
    return _bare(name) if load(folder).slots else EnvironmentPolicy(name=name)


def _bare(name: str) -> EnvironmentPolicy:
    """Enough to see what runs as processes, and to end it."""
    return EnvironmentPolicy(name=name, target=ProcessTarget(start=""))
