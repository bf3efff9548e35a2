"""How long each dependency has been outdated: ``dependency/<name>/age`` in days, and a finding for each above 30.

Asked for are the packages that the repository names itself: the others follow them.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from msgspec import Struct
from packaging.version import InvalidVersion, Version

from sluice.audit.index import days_behind, index_address, releases_of
from sluice.audit.model import Checked, NotCheckedError, Scene
from sluice.audit.packages.direct import named_node_packages, named_python_packages
from sluice.audit.packages.finding import find_packages
from sluice.audit.packages.model import Ecosystem, Package
from sluice.evidence.model import Better, Evidence, Finding, Kind, Measure, Severity
from sluice.evidence.problems import Problem, problem

TOOL = "sluice age"
OUTDATED_DAYS = 30
_AT_ONCE = 8


class _Age(Struct, frozen=True):
    """``days`` behind ``newest``; nothing where it can't be told, and why."""

    package: Package
    days: int = 0
    newest: Version | None = None
    failure: str | None = None


def check(scene: Scene) -> Checked | None:
    """Python's packages by the index, Node's by npm; those that nobody could be asked about are problems."""
    packages = _chosen(scene)
    if not packages:
        return None
    if scene.offline:
        raise NotCheckedError("offline: release dates come from the package index")
    address = index_address(scene.settings.index)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        ages = list(pool.map(partial(_age, scene, address), packages))
    failed = [age for age in ages if age.failure]
    if len(failed) == len(ages):
        raise NotCheckedError(failed[0].failure or "")
    told = [age for age in ages if not age.failure]
    return Checked(
        what=f"{len(packages)} packages that are named here", tools=(TOOL,), evidence=_evidence(told, failed)
    )


def _evidence(told: list[_Age], failed: list[_Age]) -> Evidence:
    return Evidence(
        measures=tuple(map(_measure, told)),
        findings=tuple(_outdated(age) for age in told if age.days > OUTDATED_DAYS),
        problems=tuple(map(_unasked, failed)),
        examined=frozenset({Kind.DEPENDENCY}),
    )


def _chosen(scene: Scene) -> list[Package]:
    chosen = [
        *_of(scene, Ecosystem.PYPI, named_python_packages(scene.root, scene.files)),
        *_of(scene, Ecosystem.NPM, named_node_packages(scene.root, scene.files)),
    ]
    return [one for _, one in sorted({(one.ecosystem, one.name): one for one in chosen}.items())]


def _of(scene: Scene, ecosystem: Ecosystem, names: frozenset[str]) -> Iterator[Package]:
    """The pinned packages that are named, the oldest version of each last; all, where no manifest names any."""
    pinned = find_packages(scene.root, scene.files, ecosystem).pinned
    wanted = [one for one in pinned if not names or one.name in names]
    yield from sorted(wanted, key=lambda one: _order(one.version), reverse=True)


def _order(version: str) -> Version:
    try:
        return Version(version)
    except InvalidVersion:
        return Version("0")


def _age(scene: Scene, address: str, package: Package) -> _Age:
    try:
        releases = (
            releases_of(address, package.name) if package.ecosystem is Ecosystem.PYPI else _npm(scene, package.name)
        )
        return _Age(package, *days_behind(package.version, releases, scene.today))
    except NotCheckedError as error:
        return _Age(package, failure=error.message)
    except InvalidVersion as error:
        return _Age(package, failure=str(error))


def _npm(scene: Scene, name: str) -> dict[Version, dt.datetime]:
    ran = scene.run("npm", "view", name, "time", "--json", folder=scene.root, hint="install Node.js with npm")
    try:
        times: dict[str, str] = json.loads(ran.output)
        dated = {version: dt.datetime.fromisoformat(day) for version, day in times.items() if version[:1].isdigit()}
    except (ValueError, AttributeError, TypeError) as error:
        raise NotCheckedError(f"npm gives no release dates of {name}") from error
    return {_order(version): day for version, day in dated.items()}


def _measure(age: _Age) -> Measure:
    return Measure(
        name=f"dependency/{age.package.name}/age", unit="d", better=Better.LOWER, value=float(age.days), tool=TOOL
    )


def _outdated(age: _Age) -> Finding:
    package = age.package
    return Finding(
        id="outdated",
        kind=Kind.DEPENDENCY,
        severity=Severity.LOW,
        title=f"{package.name} {package.version} has been outdated for {age.days} days",
        tool=TOOL,
        package=package.name,
        version=package.version,
        path=package.file,
        line=package.line,
        fixed_in=(str(age.newest),),
    )


def _unasked(age: _Age) -> Finding:
    title = f"the age of {age.package.name} can't be told: {age.failure}"
    return problem(Problem.SKIPPED, title, source=age.package.file, tool=TOOL, package=age.package.name)
