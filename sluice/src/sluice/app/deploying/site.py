"""One environment as it is here: its policy, its target, its log, its folder."""

from __future__ import annotations

import getpass
import os
import re
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from sluice.app.deploying.described import differences, policy_at
from sluice.app.settings import FILE, Settings, load_settings
from sluice.delivery.deployment.events import Event, Release, Requested
from sluice.delivery.deployment.policy import (
    ComposeTarget,
    EnvironmentPolicy,
    HealthCheck,
    KubernetesTarget,
    ProcessTarget,
)
from sluice.delivery.deployment.state import Deployment, fold_all
from sluice.repository.git import git
from sluice.source.errors import InvalidInputError, UsageError
from sluice.store.ledgers.deployments import DeploymentLog
from sluice.store.places import Places, find_places, folder_name
from sluice.targets.checks import Question, filled
from sluice.targets.protocol import Bundle, Target

_REMOTE = re.compile(r"[/:]([^/:]+/[^/:]+?)(?:\.git)?/?$")


class Site(Struct, frozen=True, kw_only=True):
    """Everything that a deployment to one environment needs to know. ``policy`` is the working tree's; after ``at`` a
    commit's, and the working tree's is in ``working``. ``rehearsal``: a throw-away copy of it.
    """

    root: Path
    repository: str
    policy: EnvironmentPolicy
    folder: Path
    log: DeploymentLog
    target: Target
    secrets: Mapping[str, str] = field(default_factory=dict)
    rehearsal: bool = False
    working: EnvironmentPolicy | None = None

    @property
    def name(self) -> str:
        """The environment's name."""
        return self.policy.name

    def at(self, release: Release) -> Site:
        """The environment for this release, as its commit describes it. Raises ``InvalidInputError`` where it does so
        wrongly. A copy stays as it was made.
        """
        working = self.working or self.policy
        return self._by(self.policy if self.rehearsal else policy_at(self.root, working, release.commit))

    def at_best(self, release: Release) -> Site:
        """The same for one that was good; by the working tree where what its commit says is wrong by now."""
        try:
            return self.at(release)
        except InvalidInputError:
            return self._by(self.working or self.policy)

    def _by(self, policy: EnvironmentPolicy) -> Site:
        changed = replace(self, policy=policy, working=self.working or self.policy)
        if policy == self.policy:
            return changed
        return replace(changed, target=_make_target(policy, self.folder.parent))

    @property
    def unlike(self) -> str:
        """What of the working tree's settings does not count for the release that this is at; empty for nothing."""
        return differences(self.working or self.policy, self.policy)

    def deployments(self) -> tuple[Deployment, ...]:
        """All there were, the oldest first."""
        return fold_all(self.log.read(self.repository, self.name))

    def begin(self, request: Requested) -> int:
        """A new deployment's number."""
        return self.log.begin(self.repository, self.name, request)

    def note(self, number: int, event: Event) -> None:
        """One more fact."""
        self.log.append(self.repository, self.name, number, event)

    def bundle(self, deployment: Deployment) -> Bundle:
        """A deployment's release with what the environment gives it."""
        return Bundle(
            number=deployment.number,
            environment=self.name,
            release=deployment.release,
            root=self.root,
            variables={**self.policy.variables, **self.secrets},
            secrets=tuple(self.secrets),
            secret_values=tuple(self.secrets.values()),
        )

    def question(self, bundle: Bundle, check: HealthCheck) -> Question:
        """The check of this version as it runs, with the secrets that it was started with. Raises ``TargetError`` where
        it is not there.
        """
        variables = self.target.checking(bundle)
        masked = tuple(variables[name] for name in self.policy.secrets if name in variables)
        return Question(check=check, variables=variables, directory=self.folder, masked=masked)


def actor() -> str:
    """Who asks, for the history."""
    return os.environ.get("GITHUB_ACTOR") or getpass.getuser()


def repository_name(root: Path) -> str:
    """``owner/name``, or the folder where there is no remote: the same in a job as for a person in a clone."""
    if os.environ.get("GITHUB_ACTIONS") == "true" and os.environ.get("GITHUB_REPOSITORY"):
        return os.environ["GITHUB_REPOSITORY"]
    found = _REMOTE.search(git(root, "config", "--get", "remote.origin.url") or "")
    return found[1] if found else str(root)


def own_names(root: Path) -> tuple[str, ...]:
    """The names that deployments of this repository may be kept by."""
    return tuple(dict.fromkeys((str(root), repository_name(root) if root.is_dir() else str(root))))


def deployments_of(root: Path, log: DeploymentLog) -> tuple[Deployment, ...]:
    """All there were, to every environment, the oldest first; also those from before the repository had a remote."""
    found = [one for name in own_names(root) for one in fold_all(log.read(name))]
    return tuple(sorted(found, key=lambda one: one.began))


def _known_as(root: Path, environment: str, log: DeploymentLog) -> str:
    """The name by which its deployments are kept: it stays the folder for what was deployed before there was a remote,
    or what runs would be lost sight of.
    """
    name, folder = repository_name(root), str(root)
    is_newer = name != folder and not log.read(name, environment) and bool(log.read(folder, environment))
    return folder if is_newer else name


def front_ports(addresses: Mapping[str, str]) -> dict[str, str]:
    """The ports that the outside connects to, as ``PORT_WEB`` and the like; ``addresses`` are ``HOST:PORT`` by name."""
    return {f"PORT_{name.upper()}": place.rpartition(":")[2] for name, place in addresses.items()}


def address_of(policy: EnvironmentPolicy, standing: Mapping[str, str] | None = None) -> str:
    """Where the environment is to be found; empty where it says nothing, or only its target knows the port.

    ``standing`` are the addresses that it has now.
    """
    wanted = policy.target.ports if isinstance(policy.target, ProcessTarget) else {}
    url = filled(policy.url, front_ports({**wanted, **(standing or {})}))
    return "" if "$" in url else url


def find_policy(settings: Settings, name: str) -> EnvironmentPolicy:
    """The environment of this name, which has a target. Raises ``UsageError``."""
    known = [policy.name for policy in settings.environments.values() if policy.target]
    policy = settings.environments.get(name)
    if policy is None:
        raise UsageError(f"{FILE} has no environment '{name}'", hint=f"environments: {', '.join(known) or 'none'}")
    if policy.target is None:
        raise UsageError(
            f"environment '{name}' of {FILE} says nothing of where it is",
            hint=f"add [environment.{name}.process], .compose or .kubernetes",
        )
    return policy


def open_site(root: Path, name: str) -> Site:
    """The environment, as the working tree's ``sluice.toml`` describes it."""
    settings = load_settings(root)
    return make_site(root, find_policy(settings, name), find_places().prepare())


def make_site(root: Path, policy: EnvironmentPolicy, places: Places) -> Site:
    """The environment of this policy, with its things where ``places`` are."""
    log = DeploymentLog(places.deployments)
    repository = _known_as(root, policy.name, log) if places.deployments.is_file() else repository_name(root)
    return site_of(root, repository, policy, places)


def site_of(root: Path, repository: str, policy: EnvironmentPolicy, places: Places) -> Site:
    """The environment that was deployed to under this name of the repository."""
    home = places.environments / folder_name(repository)
    return Site(
        root=root,
        repository=repository,
        policy=policy,
        folder=home / policy.name,
        log=DeploymentLog(places.deployments),
        target=_make_target(policy, home),
    )


def all_sites(root: Path) -> tuple[Site, ...]:
    """Every environment that can be deployed to. Raises ``InvalidInputError``."""
    return sites_of(root, load_settings(root).environments)


def sites_of(root: Path, environments: Mapping[str, EnvironmentPolicy]) -> tuple[Site, ...]:
    """Those of these policies that have a target."""
    places = find_places().prepare()
    return tuple(make_site(root, policy, places) for policy in environments.values() if policy.target)


def _make_target(policy: EnvironmentPolicy, home: Path) -> Target:
    folder = home / policy.name
    match policy.target:
        case ProcessTarget():
            from sluice.targets.process.target import ProcessPlace

            return ProcessPlace(policy.target, folder, home / "releases")
        case ComposeTarget():
            from sluice.targets.compose import ComposePlace, project_name

            return ComposePlace(policy.target, project_name(home.name, policy.name), folder)
        case KubernetesTarget():
            from sluice.targets.kubernetes.target import KubernetesPlace

            return KubernetesPlace(policy.target, folder)
        case None:
            raise UsageError(f"environment '{policy.name}' has no target")
