"""Python's dependencies, by pip-audit, against the OSV service or a local advisory database that is served as one.

pip-audit's own default service is not asked: where it answers 404, packages are skipped and the exit code is 0.
Severities come from the advisories' CVSS vectors, which pip-audit does not show.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from msgspec.structs import replace

from sluice.audit.advisories.database import AdvisoryDatabase
from sluice.audit.advisories.service import ask_about, serve
from sluice.audit.model import Checked, NotCheckedError, Ran, Scene
from sluice.audit.packages.finding import Packages, find_packages
from sluice.audit.packages.model import Ecosystem, Package
from sluice.audit.parts.places import placed
from sluice.audit.programs import EXTRA, last_line
from sluice.evidence.collection import collect
from sluice.evidence.model import Evidence, Finding
from sluice.evidence.problems import Problem, problem
from sluice.evidence.reading import read_report

TOOL = "pip-audit"
_LOCAL = "name a local database: --advisories PATH, or another service: `osv` of [audit]"


def check(scene: Scene) -> Checked | None:
    """Every pinned package of every lock file; what isn't pinned is a problem."""
    packages = find_packages(scene.root, scene.files, Ecosystem.PYPI)
    if not packages.pinned:
        _check_that_nothing_is_named(scene, packages)
        return None
    with _service(scene) as (address, source):
        evidence = _audit(scene, packages.pinned, address)
    found = tuple(placed(finding, packages.pinned) for finding in evidence.findings)
    problems = (*evidence.problems, *unpinned(packages), *packages.problems)
    count = len({(one.name, one.version) for one in packages.pinned})
    what = f"{count} packages of {', '.join(packages.files)}, by {source}"
    return Checked(what=what, tools=(TOOL,), evidence=replace(evidence, findings=found, problems=problems))


def _check_that_nothing_is_named(scene: Scene, packages: Packages) -> None:
    """Raises ``NotCheckedError`` where there are dependencies that no file pins."""
    if packages.unpinned or packages.problems:
        files = sorted({one.file for one in packages.unpinned} | {one.path or "" for one in packages.problems})
        raise NotCheckedError(f"{', '.join(files)} pins no version", hint="pin them: uv pip compile, pip-compile")
    projects = [name for name in scene.files if PurePosixPath(name).name in {"pyproject.toml", "setup.py", "setup.cfg"}]
    if projects:
        message = f"{projects[0]} may name dependencies, and no lock file pins them"
        raise NotCheckedError(message, hint="make one: uv lock, uv pip compile, poetry lock")


def unpinned(packages: Packages) -> Iterator[Finding]:
    """A problem for each requirement without a version."""
    for one in packages.unpinned:
        title = f"{one.name} was not audited: {one.file}:{one.line} pins no version"
        yield problem(Problem.SKIPPED, title, source=one.file, tool=TOOL, package=one.name)


@contextmanager
def _service(scene: Scene) -> Iterator[tuple[str, str]]:
    """The address to ask, and what it is in words."""
    local = scene.settings.advisories
    if local:
        database = AdvisoryDatabase(scene.root / local)
        database.check_that_it_knows(Ecosystem.PYPI)
        with serve(database) as address:
            newest = database.newest or "an unknown day"
            yield address, f"{len(database)} advisories of {Path(local).name}, the newest of {newest}"
    elif scene.offline:
        raise NotCheckedError("offline", hint=_LOCAL)
    else:
        yield scene.settings.osv.rstrip("/"), "the OSV service"


def _audit(scene: Scene, packages: Iterable[Package], address: str) -> Evidence:
    with tempfile.TemporaryDirectory(prefix="sluice-audit-") as folder:
        return collect([_audit_file(scene, path, address) for path in _written(packages, Path(folder))])


def _audit_file(scene: Scene, path: Path, address: str) -> Evidence:
    words = (TOOL, "--requirement", str(path), "--no-deps", "--disable-pip", "--progress-spinner", "off")
    service = ("--vulnerability-service", "osv", "--osv-url", f"{address}/v1/query")
    # pip-audit's cache would answer for another service that once had the same port
    cache = ("--cache-dir", str(path.parent / "cache"))
    ran = scene.run(*words, *service, *cache, "--format", "json", folder=scene.root, hint=EXTRA)
    if not ran.output.strip():
        raise NotCheckedError(_failure(ran, address), hint=_LOCAL)
    evidence = read_report(ran.output, source=TOOL)
    ids = [name for found in evidence.findings for name in (found.id, *found.aliases)]
    return read_report(ran.output, source=TOOL, advisories=ask_about(address, ids)) if ids else evidence


def _written(packages: Iterable[Package], folder: Path) -> Iterator[Path]:
    """Requirements files with each version once; a name that is pinned to several has one in each file."""
    files: list[dict[str, str]] = []
    for name, version in sorted({(one.name, one.version) for one in packages}):
        free = next((file for file in files if name not in file), None)
        if free is None:
            files.append(free := {})
        free[name] = version
    for number, file in enumerate(files):
        path = folder / f"requirements-{number}.txt"
        path.write_text("".join(f"{name}=={version}\n" for name, version in file.items()), encoding="utf-8")
        yield path


def _failure(ran: Ran, address: str) -> str:
    if "ConnectionError" in ran.errors or "Max retries" in ran.errors:
        return f"the vulnerability service at {address} can't be reached"
    return f"pip-audit failed: {last_line(ran)}"
