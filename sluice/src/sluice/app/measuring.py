"""The history of measures in a repository: add this run's, find the ancestors' and a name's. In: a repository. Out:
measures.

An ancestor is looked for from the merge base with the main branch backwards, along first parents; on the main branch
itself, from the commit before.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from sluice.evidence.model import Measure
from sluice.gates.baseline import Baseline, Origin
from sluice.gates.policy.model import BaselineKind
from sluice.source.errors import UnavailableError, UsageError
from sluice.store.measures import MeasureHistory
from sluice.store.places import find_places

FAR = 500
"""Commits looked through for an ancestor with data."""
MOST = 20
"""Ancestors with data that are read: one that lacks a measure gives way to the next."""
_MAIN = ("origin/HEAD", "origin/main", "origin/master", "origin/develop", "main", "master")


def find_history() -> MeasureHistory:
    """This machine's history."""
    return MeasureHistory(find_places().state / "measures.sqlite")


def record(root: Path, measures: Iterable[Measure], history: MeasureHistory) -> int:
    """Keep the measures under the commit that is checked out; says how many.

    Raises ``UsageError`` for a tree with changes: they would be taken for that commit's.
    """
    if git(root, "status", "--porcelain", "--untracked-files=no"):
        raise UsageError("The working tree has changes: its measures belong to no commit", hint="commit first")
    commit = git(root, "rev-parse", "--verify", "HEAD")
    if commit is None:
        raise UsageError("There is no commit that the measures could belong to", hint="commit first")
    return history.append(str(root), commit, measures, time.time())


def find_ancestors(root: Path, history: MeasureHistory, base: str | None = None) -> tuple[Baseline, ...]:
    """The ancestors with data, nearest first; ``base`` is the branch or commit that a change will be merged into."""
    known = history.commits_with_data(str(root))
    start = _start(root, base) if known else None
    listed = git(root, "rev-list", "--first-parent", f"--max-count={FAR}", start) if start else None
    placed = ((distance, commit) for distance, commit in enumerate((listed or "").split()) if commit in known)
    return tuple(
        Baseline.of(
            Origin(kind=BaselineKind.MERGE_BASE, commit=commit, distance=distance), history.of_commit(str(root), commit)
        )
        for distance, commit in islice(placed, MOST)
    )


def _start(root: Path, base: str | None) -> str | None:
    """The merge base, or the commit before where the merge base is what is checked out."""
    head = git(root, "rev-parse", "--verify", "HEAD")
    for branch in (base,) if base else _MAIN:
        if found := git(root, "merge-base", "HEAD", branch):
            return git(root, "rev-parse", "--verify", "--quiet", "HEAD^") if found == head else found
    return None


def git(root: Path, *arguments: str) -> str | None:
    """What git prints; nothing where it fails. Raises ``UnavailableError`` without git."""
    command = ["git", "-c", "safe.directory=*", *arguments]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnavailableError("git can't be run", hint="install git") from error
    return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else None
