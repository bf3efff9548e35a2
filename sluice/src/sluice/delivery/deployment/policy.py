"""An environment as ``sluice.toml`` describes it: who may send what there, where it is, when it counts as well."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct, field

from sluice.plan.event.patterns import passes

RESERVED = ("to", "status", "history", "rollback", "diff", "logs", "stop", "unit")
"""Words that ``sluice deploy`` takes for itself, which no environment can be called."""


class Busy(StrEnum):
    """What a second deployment to an environment does while the first goes on."""

    WAIT = "wait"
    REFUSE = "refuse"


class ProcessTarget(Struct, frozen=True, kw_only=True):
    """Supervised processes of this machine. ``ports`` maps a name to the ``HOST:PORT`` that the outside connects to;
    the program finds its own in ``PORT_NAME``. At those in ``announced`` it is told with a PROXY header who connects.
    ``drain`` is in seconds, between SIGTERM and SIGKILL.
    """

    start: str
    build: str = ""
    packages: tuple[str, ...] = ()
    locks: tuple[str, ...] = ()
    before: str = ""
    ports: Mapping[str, str] = field(default_factory=dict)
    announced: tuple[str, ...] = ()
    drain: float = 30


class ComposeTarget(Struct, frozen=True, kw_only=True):
    """Services of compose files. ``tag`` names the variable that carries the version into them."""

    files: tuple[str, ...] = ("docker-compose.yml",)
    project: str = ""
    tag: str = "TAG"
    build: bool = False
    timeout: float = 300


class KubernetesTarget(Struct, frozen=True, kw_only=True):
    """A kustomize folder, applied. ``images`` get ``tag``, in which ``$VERSION``, ``$COMMIT`` and ``$SHORT`` are the
    release's; ``timeout`` is a roll-out's, in seconds.
    """

    overlay: str
    context: str = ""
    images: tuple[str, ...] = ()
    tag: str = "$VERSION"
    timeout: float = 300


Target: TypeAlias = ProcessTarget | ComposeTarget | KubernetesTarget


class HealthCheck(Struct, frozen=True, kw_only=True):
    """Well is what answers 200 to 299 at ``url``, or a ``command`` that exits with 0. Times are in seconds."""

    url: str = ""
    command: str = ""
    timeout: float = 60
    interval: float = 1


class Verification(Struct, frozen=True, kw_only=True):
    """A ``command`` or a ``workflow`` of this repository that must pass before the switch."""

    command: str = ""
    workflow: str = ""
    timeout: float = 600


class EnvironmentPolicy(Struct, frozen=True, kw_only=True):
    """One ``[environment.NAME]``. ``wait_timer`` is in minutes, ``watch`` in seconds."""

    name: str = ""
    reviewers: tuple[str, ...] = ()
    wait_timer: float = 0
    variables: Mapping[str, str] = field(default_factory=dict)
    branches: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    url: str = ""
    concurrency: Busy = Busy.WAIT
    watch: float = 10
    target: Target | None = None
    health: HealthCheck | None = None
    verify: Verification | None = None


class Candidate(Struct, frozen=True, kw_only=True):
    """A name that a commit goes by: ``kind`` is ``branch`` or ``tag``."""

    kind: str
    name: str


def admits(policy: EnvironmentPolicy, candidates: tuple[Candidate, ...]) -> bool:
    """Whether one of the commit's names fits the rules. Without rules everything does; rules for branches alone admit
    no tag, and the other way round (as with GitHub's selected branches and tags).
    """
    if not policy.branches and not policy.tags:
        return True
    return any(
        passes(policy.branches if candidate.kind == "branch" else policy.tags, candidate.name)
        for candidate in candidates
    )


def rules_in_words(policy: EnvironmentPolicy) -> str:
    """``branches develop; tags v*``."""
    parts = [
        f"{word} {', '.join(rules)}" for word, rules in (("branches", policy.branches), ("tags", policy.tags)) if rules
    ]
    return "; ".join(parts) or "any branch or tag"
