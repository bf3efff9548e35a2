"""A commit in a folder of its own. In: a repository and a ref. Out: a clone with that commit checked out.

Clones borrow the repository's objects, so that they take no time and touch nothing of the user's.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from sluice.gates.formats.words import clean
from sluice.repository.git import git
from sluice.repository.snapshot import Snapshot
from sluice.source.errors import UnavailableError, UsageError
from sluice.source.git_place import without_git_place

WORKING_TREE = "."
"""The ref that stands for the working tree as it is."""
_SECONDS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """One side: what was asked for, the commit that it is, and where it is checked out."""

    side: str
    ref: str
    commit: str
    folder: Path


def find_commit(root: Path, ref: str, snapshot: Snapshot) -> str:
    """The commit that ``ref`` names; raises ``UsageError`` for none."""
    if ref == WORKING_TREE:
        return snapshot.sha
    found = git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    if not found:
        hint = (
            "name a commit, a branch or a tag of this clone, or . for the working tree; CI clones need fetch-depth: 0"
        )
        raise UsageError(f"'{clean(ref)}' is no commit of this repository", hint=hint)
    return found


def check_out(snapshot: Snapshot, ref: str, commit: str, folder: Path) -> Checkout:
    """Clone into ``folder``, whose name is the side's; raises ``UnavailableError`` with git's own words."""
    _git(folder.parent, "clone", "--quiet", "--shared", "--no-checkout", str(snapshot.repository), folder.name)
    _git(folder, "checkout", "--quiet", "--detach", commit)
    return Checkout(side=folder.name, ref=ref, commit=commit, folder=folder)


def _git(folder: Path, *words: str) -> None:
    command = ["git", "-c", "advice.detachedHead=false", *words]
    try:
        environment = without_git_place(os.environ)
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False, timeout=_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnavailableError(f"git {words[0]} can't be run: {error}") from error
    if done.returncode:
        said = clean(done.stderr.decode("utf-8", "replace"))
        raise UnavailableError(f"git {words[0]} failed: {said}")
