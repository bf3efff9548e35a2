"""Node's dependencies, by npm audit, against npm's registry or a local advisory database that is served as one.

A registry without that service (it answers 405) means: not checked.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath

from msgspec.structs import replace

from sluice.audit.advisories.database import AdvisoryDatabase
from sluice.audit.advisories.npm import serve_npm
from sluice.audit.model import Checked, NotCheckedError, Scene
from sluice.audit.packages.finding import find_packages
from sluice.audit.packages.model import Ecosystem, Package
from sluice.audit.parts.places import placed
from sluice.audit.programs import last_line
from sluice.audit.sources import named
from sluice.evidence.collection import collect
from sluice.evidence.model import Evidence, Finding
from sluice.evidence.problems import Problem, problem
from sluice.evidence.reading import read_report

TOOL = "npm audit"
_LOCKS = ("package-lock.json", "npm-shrinkwrap.json")
_OTHERS = ("yarn.lock", "pnpm-lock.yaml", "bun.lock")


def check(scene: Scene) -> Checked | None:
    """Every lock file of npm's; another program's, and dependencies without a lock file, are problems."""
    locks, others = named(scene.files, *_LOCKS), named(scene.files, *_OTHERS)
    problems = (*(_other(name) for name in others), *(_unlocked(name) for name in _without_lock(scene)))
    if not locks and not problems:
        return None
    if not locks:
        raise NotCheckedError("; ".join(found.title for found in problems))
    packages = find_packages(scene.root, locks, Ecosystem.NPM)
    with _service(scene, packages.pinned) as options:
        evidence = collect([_audit(scene, lock, packages.pinned, options) for lock in locks])
    what = f"{len({(one.name, one.version) for one in packages.pinned})} packages of {', '.join(locks)}"
    all_problems = (*evidence.problems, *problems, *packages.problems)
    return Checked(what=what, tools=(TOOL,), evidence=replace(evidence, problems=all_problems))


@contextmanager
def _service(scene: Scene, packages: list[Package]) -> Iterator[tuple[str, ...]]:
    """The options of npm's that say whom to ask."""
    local = scene.settings.advisories
    if local:
        database = AdvisoryDatabase(scene.root / local)
        database.check_that_it_knows(Ecosystem.NPM)
        # npm's cache would answer for another registry
        with serve_npm(database, packages) as address, tempfile.TemporaryDirectory(prefix="sluice-audit-") as cache:
            yield (f"--registry={address}/", f"--cache={cache}")
    elif scene.offline:
        raise NotCheckedError("offline", hint="name a local database: --advisories PATH")
    else:
        yield ()


def _audit(scene: Scene, lock: str, packages: list[Package], options: tuple[str, ...]) -> Evidence:
    folder = scene.root / PurePosixPath(lock).parent
    words = ("npm", "audit", "--json", "--package-lock-only", *options)
    ran = scene.run(*words, folder=folder, hint="install Node.js with npm")
    if not ran.output.strip():
        raise NotCheckedError(f"npm audit failed: {last_line(ran)}")
    evidence = read_report(ran.output, source=lock)
    failed = [found.title for found in evidence.problems if found.id == Problem.FAILED_TOOL.value]
    if failed:
        raise NotCheckedError(failed[0])
    inside = [one for one in packages if one.file == lock]
    return replace(evidence, findings=tuple(replace(placed(one, inside), tool=TOOL) for one in evidence.findings))


def _other(name: str) -> Finding:
    title = f"{name} was not audited: only npm's lock files are"
    return problem(Problem.SKIPPED, title, source=name, tool=TOOL, package=name)


def _without_lock(scene: Scene) -> list[str]:
    """The ``package.json`` files that name dependencies and have no lock file beside or above them."""
    folders = {PurePosixPath(name).parent for name in named(scene.files, *_LOCKS, *_OTHERS)}
    manifests = [PurePosixPath(name) for name in named(scene.files, "package.json")]
    bare = [path for path in manifests if not folders & {path.parent, *path.parent.parents}]
    return [str(path) for path in bare if b'ependencies"' in (scene.root / path).read_bytes()]


def _unlocked(name: str) -> Finding:
    title = f"{name} was not audited: it has no lock file"
    return problem(Problem.SKIPPED, title, source=name, tool=TOOL, package=name)
