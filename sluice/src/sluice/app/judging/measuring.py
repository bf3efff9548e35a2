"""The history of measures in a repository: add this run's, find the ancestors'. In: a repository. Out: measures.

An ancestor is looked for from the merge base with the main branch backwards, along first parents; on the main branch
itself, from the commit before.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from sluice.app.writing import append_line, write_file
from sluice.evidence.model import Better, Measure
from sluice.evidence.records import check_record, record_line, usually_better
from sluice.evidence.units import unit_named
from sluice.gates.baseline import Baseline, Origin
from sluice.gates.policy.model import BaselineKind
from sluice.repository.git import git
from sluice.source.errors import UsageError
from sluice.store.ledgers.measures import MeasureHistory
from sluice.store.places import find_places

FAR = 500
"""Commits looked through for an ancestor with data."""
MOST = 20
"""Ancestors with data that are read: one that lacks a measure gives way to the next."""
MAIN = ("origin/HEAD", "origin/main", "origin/master", "origin/develop", "main", "master")


def find_history() -> MeasureHistory:
    """This machine's history."""
    return MeasureHistory(find_places().measures)


def history_name(root: Path) -> str:
    """The name of a repository in the history: its folder, or in a job, whose folder is anywhere, its own name."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        return os.environ.get("GITHUB_REPOSITORY") or str(root)
    return str(root)


def record(root: Path, measures: Iterable[Measure], history: MeasureHistory) -> int:
    """Keep the measures under the commit that is checked out; says how many.

    Raises ``UsageError`` for a tree with changes: they would be taken for that commit's.
    """
    if git(root, "status", "--porcelain", "--untracked-files=no"):
        raise UsageError("The working tree has changes: its measures belong to no commit", hint="commit first")
    commit = git(root, "rev-parse", "--verify", "HEAD")
    if commit is None:
        raise UsageError("There is no commit that the measures could belong to", hint="commit first")
    return history.append(history_name(root), commit, measures, time.time())


def keep_measures(path: Path, measures: Iterable[Measure]) -> None:
    """Write the measures to a file of Sluice's own records. Raises ``UsageError``."""
    write_file(path, b"".join(map(record_line, measures)))


def find_ancestors(root: Path, history: MeasureHistory, base: str | None = None) -> tuple[Baseline, ...]:
    """The ancestors with data, nearest first; ``base`` is the branch or commit that a change will be merged into."""
    name = history_name(root)
    known = history.commits_with_data(name)
    start = _start(root, base) if known else None
    listed = git(root, "rev-list", "--first-parent", f"--max-count={FAR}", start) if start else None
    placed = ((distance, commit) for distance, commit in enumerate((listed or "").split()) if commit in known)
    return tuple(
        Baseline.of(
            Origin(kind=BaselineKind.MERGE_BASE, commit=commit, distance=distance), history.of_commit(name, commit)
        )
        for distance, commit in islice(placed, MOST)
    )


def _start(root: Path, base: str | None) -> str | None:
    """The merge base, or the commit before where the merge base is what is checked out."""
    head = git(root, "rev-parse", "--verify", "HEAD")
    for branch in (base,) if base else MAIN:
        if found := git(root, "merge-base", "HEAD", branch):
            return git(root, "rev-parse", "--verify", "--quiet", "HEAD^") if found == head else found
    return None


def find_main(root: Path) -> str | None:
    """The main branch, as the remote has it or else as it is here; nothing where there is none."""
    return next((branch for branch in MAIN if git(root, "rev-parse", "--verify", "--quiet", branch)), None)


def write_measure(target: Path, name: str, value: float, unit: str, better: str | None) -> None:
    """Add a measure's line to ``target``, whole even when several processes write. Raises ``UsageError``."""
    try:
        check_record(name, unit, (value,))
        known = unit_named(unit)
        direction = Better(better) if better else usually_better(unit)
        line = record_line(Measure(name=name, unit=known.symbol, better=direction, value=value))
    except ValueError as error:
        raise UsageError(str(error)) from error
    append_line(target, line)
