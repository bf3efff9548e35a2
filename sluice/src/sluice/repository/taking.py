"""Takes a snapshot: the working tree as it stands, as a commit that touches nothing of the user's.

In: a folder. Out: a bare repository with the snapshot commit and the branches and tags as a remote would have them. The
user's branches, index and objects stay as they are: new objects go to the bare repository, old ones are borrowed.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from sluice.plan.event.facts import NO_COMMIT, PushFacts
from sluice.repository.changes import Changes, read_changes
from sluice.repository.git import Git
from sluice.repository.pushed import Refs, find_range, read_push
from sluice.repository.snapshot import Snapshot
from sluice.source.errors import UsageError
from sluice.source.times import stamp

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
[pack]
	window = 0
"""
"""A checkout takes the objects as they are: new deltas would save bytes that no network carries."""


class _Commit(Struct, frozen=True, kw_only=True):
    """What HEAD names; all of it is empty before the first commit."""

    sha: str = ""
    tree: str = ""
    parent: str = ""
    author_name: str = ""
    author_email: str = ""
    time: str = ""
    message: str = ""


def take_snapshot(root: Path, target: Path) -> Snapshot:
    """Make the bare repository at ``target``, which must not be there yet. Raises ``UsageError`` for one whose objects
    are named as GitHub names none.
    """
    git = Git(root, {})
    asked = ("--absolute-git-dir", "--git-common-dir", "--show-object-format")
    known = git.run("rev-parse", *asked, check=False).splitlines()
    if not known:
        return _without_git(root, target)
    if known[2:] == ["sha256"]:
        raise UsageError(
            f"The repository in {root} names its objects by SHA-256, which GitHub and actions/checkout don't take",
            hint="run from a copy of its files without .git, or from a repository of SHA-1",
        )
    own, common = Path(known[0]), (root / known[1]).resolve()
    head = _read_head(git)
    _make_bare(target, common / "objects")
    if (common / "shallow").is_file():
        shutil.copy(common / "shallow", target / "shallow")
    sha = _commit(root, target, own, common, head)
    refs = _read_refs(git)
    _write_refs(target, _as_a_remote(refs, sha))
    return _describe(git, target, head, sha, refs)


def name_repository(root: Path) -> str:
    """``owner/name`` as the remote ``origin`` has it, else ``local/FOLDER``: what a run calls it."""
    return _repository_name(Git(root, {}).run("config", "--get", "remote.origin.url", check=False), root)


def _read_head(git: Git) -> _Commit:
    told = git.run("log", "-1", "--no-show-signature", "--format=%H%n%T%n%P%n%an%n%ae%n%ct%n%B", check=False)
    if not told:
        return _Commit()
    sha, tree, parents, name, email, seconds, message = (told + "\n" * 6).split("\n", 6)
    return _Commit(
        sha=sha,
        tree=tree,
        parent=parents.partition(" ")[0],
        author_name=name,
        author_email=email,
        time=stamp(int(seconds)),
        message=message.rstrip("\n"),
    )


def _read_refs(git: Git) -> Refs:
    """One look for all that is asked about refs: each start of a process costs."""
    form = "%(HEAD) %(objectname) %(refname) %(symref)"
    listed = git.run("for-each-ref", f"--format={form}", "refs/heads", "refs/tags", "refs/remotes/origin")
    found: dict[str, str] = {}
    current = default = ""
    for line in listed.splitlines():
        mark, (name, ref, aim) = line[0], line[2:].split(" ", 2)
        found[ref] = name
        current = ref if mark == "*" else current
        default = aim if ref == "refs/remotes/origin/HEAD" else default
    current = current or git.run("symbolic-ref", "--quiet", "HEAD", check=False) or "refs/heads/main"
    return Refs(found=found, current=current, default=default)


def _make_bare(target: Path, borrowed: Path | None) -> None:
    """What ``git init --bare`` makes, without starting a process."""
    for folder in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
        (target / folder).mkdir(parents=True, mode=0o700)
    (target / "HEAD").write_text("ref: refs/heads/main\n", encoding="utf-8")
    (target / "config").write_text(_CONFIG, encoding="utf-8")
    if borrowed is not None:
        (target / "objects/info/alternates").write_text(f"{borrowed}\n", encoding="utf-8", errors="surrogateescape")


def _commit(root: Path, target: Path, own: Path, common: Path, head: _Commit) -> str:
    """The commit under test: HEAD itself when the tree has nothing new, else a commit on top of it."""
    index = target / "index"
    if (own / "index").is_file():
        shutil.copy2(own / "index", index)  # with its time: what changed in the same second is looked into
    git = Git(
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
    if tree == head.tree:
        return head.sha
    parents = ("-p", head.sha) if head.sha else ()
    return git.run("commit-tree", tree, *parents, "-m", "The working tree as it stands")


def _as_a_remote(known: Refs, sha: str) -> dict[str, str]:
    """Branches and tags as a remote would have them: the local ones, the remote's where there is no local one."""
    refs: dict[str, str] = {}
    for ref, name in known.found.items():
        if ref.startswith("refs/remotes/origin/"):
            refs.setdefault(f"refs/heads/{ref.removeprefix('refs/remotes/origin/')}", name)
        else:
            refs[ref] = name
    refs.pop("refs/heads/HEAD", None)
    return {**refs, known.current: sha}


def _write_refs(target: Path, refs: Mapping[str, str]) -> None:
    lines = "".join(f"{sha} {ref}\n" for ref, sha in sorted(refs.items()))
    (target / "packed-refs").write_text(lines, encoding="utf-8", errors="surrogateescape")


def _describe(git: Git, target: Path, head: _Commit, sha: str, refs: Refs) -> Snapshot:
    remote = git.run("config", "--get", "remote.origin.url", check=False)
    branch = refs.current.removeprefix("refs/heads/")
    both = Git(git.root, {"GIT_ALTERNATE_OBJECT_DIRECTORIES": str(target / "objects")})
    pushed = find_range(both, refs, sha, head.parent)
    base = pushed.base or NO_COMMIT
    changes = Changes() if base == NO_COMMIT else read_changes(Git(target, {}), base, sha)
    return Snapshot(
        sha=sha,
        base_sha=base,
        ref=refs.current,
        branch=branch,
        dirty=sha != head.sha,
        repository=target,
        repository_name=_repository_name(remote, git.root),
        push=_told_as_head(read_push(both, pushed), head),
        changed_files=tuple(changes.changed) if base != NO_COMMIT else None,
        added_files=tuple(changes.added),
        removed_files=tuple(changes.removed),
        default_branch=_default_branch(refs, branch),
        message=head.message,
        author_name=head.author_name,
        author_email=head.author_email,
        time=head.time,
    )


def _told_as_head(push: PushFacts, head: _Commit) -> PushFacts:
    """The push with HEAD's words and author for what is not committed yet."""
    if push.head is None or not head.sha or push.head.sha == head.sha:
        return push
    told = replace(
        push.head,
        message=head.message,
        time=head.time,
        author_name=head.author_name,
        author_email=head.author_email,
        committer_name=head.author_name,
        committer_email=head.author_email,
    )
    return replace(push, head=told, commits=(*push.commits[:-1], told) if push.commits else ())


def _default_branch(refs: Refs, branch: str) -> str:
    if refs.default:
        return refs.default.removeprefix("refs/remotes/origin/")
    return next((name for name in ("main", "master") if f"refs/heads/{name}" in refs.found), branch)


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
    git = Git(
        root, {**_IDENTITY, "GIT_DIR": str(target), "GIT_WORK_TREE": str(root), "GIT_INDEX_FILE": str(target / "index")}
    )
    git.run("add", "--all", ".")
    sha = git.run("commit-tree", git.run("write-tree"), "-m", "The folder as it stands")
    _write_refs(target, {"refs/heads/main": sha})
    return Snapshot(
        sha=sha,
        base_sha=NO_COMMIT,
        ref="refs/heads/main",
        branch="main",
        dirty=True,
        repository=target,
        repository_name=f"local/{_word(root.name)}",
        changed_files=None,
        default_branch="main",
        message="",
    )
