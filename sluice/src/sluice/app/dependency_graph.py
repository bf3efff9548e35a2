"""What the lock files pin, as GitHub's dependency graph takes it. In: a repository. Out: a snapshot, submitted."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

from sluice import __version__
from sluice.app.auditing import load_both
from sluice.app.outward import head_of
from sluice.audit.packages.direct import named_node_packages, named_python_packages
from sluice.audit.packages.finding import find_packages
from sluice.audit.packages.model import Ecosystem
from sluice.audit.sources import find_sources
from sluice.github.connection import Hub
from sluice.github.security import Dependency, Scan, submit_dependencies
from sluice.source.errors import UsageError


def find_dependencies(root: Path) -> dict[str, list[Dependency]]:
    """By lock file. Raises ``UsageError`` where nothing is pinned."""
    files = find_sources(root, load_both(root, os.environ)[0].exclude)
    direct = named_python_packages(root, files) | named_node_packages(root, files)
    found: defaultdict[str, list[Dependency]] = defaultdict(list)
    for ecosystem in Ecosystem:
        for one in find_packages(root, files, ecosystem).pinned:
            found[one.file].append(Dependency(name=one.name, purl=one.purl, direct=one.name in direct))
    if not found:
        raise UsageError("no lock file here pins anything", hint="requirements with ==, package-lock.json, Cargo.lock")
    return dict(found)


def submit(hub: Hub, root: Path) -> str:
    """Submit them for the commit that is checked out; what was, in words."""
    manifests = find_dependencies(root)
    sha, ref = head_of(root)
    scan = Scan(sha=sha, ref=ref, job=os.environ.get("GITHUB_RUN_ID", "0"), version=__version__)
    number = submit_dependencies(hub, manifests, scan)
    return f"snapshot {number}: {sum(map(len, manifests.values()))} packages of {', '.join(manifests)}"
