"""A snapshot of the working tree: the commit under test in a bare repository, and what is asked of it."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from sluice.machine.whole_files import publish_folder
from sluice.plan.event.facts import PushFacts
from sluice.repository.changes import read_changes
from sluice.repository.git import Git


class Snapshot(Struct, frozen=True, kw_only=True):
    """``repository`` is the bare repository; ``sha`` the commit under test, ``base_sha`` what it is compared with.

    ``dirty`` says that the working tree differs from HEAD. ``changed_files`` is ``None`` when nothing is known; of a
    renamed file it has the new name. ``commits`` is how many a pull request has. Author and ``time`` are HEAD's.
    """

    sha: str
    base_sha: str
    ref: str
    branch: str
    dirty: bool
    repository: Path
    repository_name: str
    push: PushFacts | None = None
    changed_files: tuple[str, ...] | None
    added_files: tuple[str, ...] = ()
    removed_files: tuple[str, ...] = ()
    commits: int = 1
    default_branch: str
    message: str
    author_name: str = ""
    author_email: str = ""
    time: str = ""

    def has(self, ref: str) -> bool:
        """Whether the repository has this ref, by its whole name."""
        with (self.repository / "packed-refs").open(encoding="utf-8", errors="surrogateescape") as file:
            return any(line.rstrip("\n").partition(" ")[2] == ref for line in file)


def compared_with(taken: Snapshot, branch: str) -> Snapshot:
    """The snapshot as a pull request to ``branch``: compared with where the two parted, as GitHub does. It stays as
    it is where there is no such branch, or it is the one that is checked out.
    """
    git = Git(taken.repository, {})
    tip = tip_of(taken, branch)
    if not tip or branch == taken.branch:
        return taken
    parted = git.run("merge-base", tip, taken.sha, check=False) or tip
    changes = read_changes(git, parted, taken.sha)
    return replace(
        taken,
        base_sha=tip,
        changed_files=tuple(changes.changed),
        added_files=tuple(changes.added),
        removed_files=tuple(changes.removed),
        commits=int(git.run("rev-list", "--count", f"{tip}..{taken.sha}")),
    )


def tip_of(taken: Snapshot, branch: str) -> str:
    """The last commit of a branch; empty where there is no such branch."""
    git = Git(taken.repository, {})
    return git.run("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}^{{commit}}", check=False)


def keep_pull(taken: Snapshot, number: int) -> None:
    """The refs of a pull request, as GitHub keeps them: jobs check them out by name."""
    folder = taken.repository / "refs/pull" / str(number)
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("head", "merge"):
        (folder / name).write_text(f"{taken.sha}\n", encoding="utf-8")


def extract(taken: Snapshot, ref: str, path: str) -> Path:
    """A folder that has what is below ``path`` at the ref, and nothing else; it goes with the snapshot. Whoever asks
    again gets the same one.
    """
    target = taken.repository / "extracted" / hashlib.sha256(f"{ref} {path}".encode()).hexdigest()[:16]
    if not target.is_dir():
        target.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as name:
            folder = Path(name) / "files"
            folder.mkdir()
            places = {"GIT_DIR": str(taken.repository), "GIT_WORK_TREE": str(folder), "GIT_INDEX_FILE": f"{name}/index"}
            Git(folder, places).run("checkout", "--quiet", ref, "--", path, check=False)
            publish_folder(folder, target)
    return target
