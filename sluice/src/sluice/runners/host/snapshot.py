"""The working tree as it stands, as a commit that touches nothing of the user's.

In: a folder. Out: a bare repository with the snapshot commit and the branches and tags as a remote would have them. The
user's branches, index and objects stay as they are: new objects go to the bare repository, old ones are borrowed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sluice.source.errors import UnavailableError, UsageError

NOTHING = "0" * 40
_SECONDS = 300
_IDENTITY = {
    "GIT_AUTHOR_NAME": "Sluice",
    "GIT_AUTHOR_EMAIL": "sluice@localhost",
    "GIT_COMMITTER_NAME": "Sluice",
    "GIT_COMMITTER_EMAIL": "sluice@localhost",
}
_REMOTE = re.compile(r"(?:[:/])([^/:]+/[^/]+?)(?:\.git)?/?$")


_CONFIG = """[core]
	repositoryformatversion = 0
	bare = true
[uploadpack]
	allowAnySHA1InWant = true
	allowFilter = true
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """``repository`` is the bare repository; ``sha`` the commit under test, ``base_sha`` what it is compared with.

    ``dirty`` says that the working tree differs from HEAD. ``changed_files`` is ``None`` when nothing is known.
    """

    sha: str
    base_sha: str
    ref: str
    branch: str
    dirty: bool
    repository: Path
    repository_name: str
    remote_url: str
    changed_files: tuple[str, ...] | None
    default_branch: str
    message: str


@dataclass(frozen=True, slots=True)
class _Git:
    """Git on one repository; ``extra`` is put over the environment."""

    root: Path
    extra: Mapping[str, str]

    def run(self, *arguments: str, check: bool = True) -> str:
        """Git's output without its last line end. Raises ``UsageError`` with git's own words."""
        command = ("git", "-c", "safe.directory=*", "-c", "core.fsync=none", *arguments)
        environment = {**os.environ, "LC_ALL": "C", **self.extra}
        try:
            done = subprocess.run(
                command, cwd=self.root, env=environment, capture_output=True, timeout=_SECONDS, check=False
            )
        except FileNotFoundError as error:
            raise UnavailableError("git was not found", tried=["git on PATH"], hint="install git") from error
        except subprocess.TimeoutExpired as error:
            raise UsageError(f"git {arguments[0]} took more than {_SECONDS} s in {self.root}") from error
        if check and done.returncode != 0:
            raise UsageError(f"git {arguments[0]} failed in {self.root}: {_decode(done.stderr).strip()}")
        return _decode(done.stdout).rstrip("\n") if done.returncode == 0 else ""


def _decode(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def take_snapshot(root: Path, target: Path) -> Snapshot:
    """Make the bare repository at ``target``, which must not be there yet."""
    known = _Git(root, {}).run("rev-parse", "--absolute-git-dir", "--git-common-dir", check=False).splitlines()
    if not known:
        return _without_git(root, target)
    own, common = Path(known[0]), (root / known[1]).resolve()
    git = _Git(root, {})
    head = git.run("rev-parse", "--verify", "--quiet", "HEAD", check=False)
    _make_bare(target, common / "objects")
    if (common / "shallow").is_file():
        shutil.copy(common / "shallow", target / "shallow")
    sha, dirty = _commit(root, target, own, common, head)
    ref = git.run("symbolic-ref", "--quiet", "HEAD", check=False) or "refs/heads/main"
    refs = _refs(git, ref, sha)
    _write_refs(target, refs)
    return _describe(git, target, (head, sha), ref, dirty=dirty)


def borrowed_folders(objects: Path) -> list[Path]:
    """The folders of objects that this one borrows from, those that they borrow from included."""
    try:
        named = (objects / "info/alternates").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return []
    found = [(objects / line).resolve() for line in named if line and not line.startswith("#")]
    return [*found, *(further for folder in found if folder != objects for further in borrowed_folders(folder))]


def _make_bare(target: Path, borrowed: Path | None) -> None:
    """What ``git init --bare`` makes, without starting a process."""
    for folder in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
        (target / folder).mkdir(parents=True, mode=0o700)
    (target / "HEAD").write_text("ref: refs/heads/main\n", encoding="utf-8")
    (target / "config").write_text(_CONFIG, encoding="utf-8")
    if borrowed is not None:
        (target / "objects/info/alternates").write_text(f"{borrowed}\n", encoding="utf-8", errors="surrogateescape")


def _commit(root: Path, target: Path, own: Path, common: Path, head: str) -> tuple[str, bool]:
    """The commit under test: HEAD itself when the tree has nothing new, else a commit on top of it."""
    index = target / "index"
    if (own / "index").is_file():
        shutil.copy2(own / "index", index)  # with its time: what changed in the same second is looked into
    git = _Git(
        root,
        {
            **_IDENTITY,
            "GIT_DIR": str(own),
            "GIT_WORK_TREE": str(root),
            "GIT_INDEX_FILE": str(index),
            "GIT_OBJECT_DIRECTORY": str(target / "objects"),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(common / "objects"),
        },
    )
    git.run("add", "--all", "--ignore-errors", ".")
    tree = git.run("write-tree")
    if head and tree == git.run("rev-parse", f"{head}^{{tree}}"):
        return head, False
    parents = ("-p", head) if head else ()
    return git.run("commit-tree", tree, *parents, "-m", "The working tree as it stands"), True


def _refs(git: _Git, current: str, sha: str) -> dict[str, str]:
    """Branches and tags as a remote would have them: the local ones, the remote's where there is no local one."""
    refs: dict[str, str] = {}
    listed = git.run(
        "for-each-ref", "--format=%(objectname) %(refname)", "refs/heads", "refs/tags", "refs/remotes/origin"
    )
    for line in listed.splitlines():
        name, ref = line.split(" ", 1)
        if ref.startswith("refs/remotes/origin/"):
            refs.setdefault(f"refs/heads/{ref.removeprefix('refs/remotes/origin/')}", name)
        else:
            refs[ref] = name
    refs.pop("refs/heads/HEAD", None)
    return {**refs, current: sha}


def _write_refs(target: Path, refs: Mapping[str, str]) -> None:
    lines = "".join(f"{sha} {ref}\n" for ref, sha in sorted(refs.items()))
    (target / "packed-refs").write_text(lines, encoding="utf-8", errors="surrogateescape")


def _describe(git: _Git, target: Path, commits: tuple[str, str], ref: str, *, dirty: bool) -> Snapshot:
    head, sha = commits
    remote = git.run("config", "--get", "remote.origin.url", check=False)
    branch = ref.removeprefix("refs/heads/")
    base = _base(git, branch, head)
    inside = _Git(target, {})
    changed = inside.run("diff", "--name-only", "-z", base, sha, check=False) if base != NOTHING else ""
    return Snapshot(
        sha=sha,
        base_sha=base,
        ref=ref,
        branch=branch,
        dirty=dirty,
        repository=target,
        repository_name=_repository_name(remote, git.root),
        remote_url=remote,
        changed_files=tuple(filter(None, changed.split("\0"))) if base != NOTHING else None,
        default_branch=_default_branch(git, branch),
        message=git.run("log", "-1", "--format=%B", head) if head else "",
    )


def _base(git: _Git, branch: str, head: str) -> str:
    """What a push would be compared with: the remote's branch, else the commit before HEAD."""
    upstream = git.run("rev-parse", "--verify", "--quiet", f"refs/remotes/origin/{branch}", check=False)
    before = git.run("rev-parse", "--verify", "--quiet", f"{head}~1", check=False) if head and not upstream else ""
    return upstream or before or NOTHING


def _default_branch(git: _Git, branch: str) -> str:
    origin = git.run("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD", check=False)
    if origin:
        return origin.removeprefix("refs/remotes/origin/")
    heads = set(git.run("for-each-ref", "--format=%(refname:short)", "refs/heads").splitlines())
    return next((name for name in ("main", "master") if name in heads), branch)


def _repository_name(remote: str, root: Path) -> str:
    found = _REMOTE.search(remote)
    if found and ("://" in remote or "@" in remote):
        return found[1]
    return f"local/{_word(root.name)}"


def _word(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "-", name) or "repository"


def _without_git(root: Path, target: Path) -> Snapshot:
    """A folder that is no repository: its files as the first commit of a fresh one."""
    _make_bare(target, None)
    git = _Git(
        root, {**_IDENTITY, "GIT_DIR": str(target), "GIT_WORK_TREE": str(root), "GIT_INDEX_FILE": str(target / "index")}
    )
    git.run("add", "--all", ".")
    sha = git.run("commit-tree", git.run("write-tree"), "-m", "The folder as it stands")
    _write_refs(target, {"refs/heads/main": sha})
    return Snapshot(
        sha=sha,
        base_sha=NOTHING,
        ref="refs/heads/main",
        branch="main",
        dirty=True,
        repository=target,
        repository_name=f"local/{_word(root.name)}",
        remote_url="",
        changed_files=None,
        default_branch="main",
        message="",
    )
