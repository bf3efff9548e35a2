"""What a push of the snapshot would bring to the remote ``origin``, as GitHub's payload of a push tells it.

A branch that the remote has is pushed on top of what it has there; one that it lacks is created, with the commits that
parted from the default branch. Where nothing is new, or there is no remote, it is the push of the last commit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from sluice.plan.event.facts import NO_COMMIT, CommitFacts, PushFacts
from sluice.repository.changes import parse_changes
from sluice.repository.git import Git
from sluice.source.times import stamp

MOST_COMMITS = 2048
"""docs.github.com/webhooks/webhook-events-and-payloads#push: the array of commits has at most so many."""
_MARK = "\x1e"
_FORM = f"{_MARK}%H%x00%T%x00%an%x00%ae%x00%cn%x00%ce%x00%ct%x00%B%x00"
_FIELDS = _FORM.count("%x00")
_START = re.compile(rf"(?:\A|\0){_MARK}(?=[0-9a-f]{{40,64}}\0[0-9a-f]{{40,64}}\0)")
"""Where a commit begins: a message and a file's name may hold the mark, too, but never two names of objects behind."""
_LOG = ("-c", "log.diffMerges=first-parent", "log", "-z", "--no-show-signature", "--reverse", "--name-status", "-m")
"""A merge is compared with its first parent; a git before 2.32 tells it once for each, the first one first."""
_REMOTE = "refs/remotes/origin/"


class Range(Struct, frozen=True, kw_only=True):
    """The commits of ``sha`` that ``base`` lacks; ``base`` is empty for the first commit of all.

    ``news`` says that the remote lacks them, ``created`` that it lacks the branch.
    """

    base: str
    sha: str
    created: bool
    news: bool


class Refs(Struct, frozen=True, kw_only=True):
    """The branches and tags, by their whole names. ``current`` is what HEAD stands on, ``default`` origin's HEAD."""

    found: Mapping[str, str]
    current: str
    default: str


def find_range(git: Git, refs: Refs, sha: str, parent: str) -> Range:
    """What is pushed; ``parent`` is the last commit's own."""
    there = refs.found.get(f"{_REMOTE}{refs.current.removeprefix('refs/heads/')}")
    if there == sha:
        return Range(base=parent, sha=sha, created=not parent, news=False)
    if there is not None:
        return Range(base=there, sha=sha, created=False, news=True)
    names = (refs.default, f"{_REMOTE}main", f"{_REMOTE}master")
    tip = next((refs.found[name] for name in names if name in refs.found), None)
    if tip is None:
        return Range(base=parent, sha=sha, created=not parent, news=False)
    parted = git.run("merge-base", tip, sha, check=False)
    return Range(base=parent if parted in {"", sha} else parted, sha=sha, created=True, news=parted != sha)


def read_push(git: Git, pushed: Range) -> PushFacts:
    """The push, its commits the oldest first. ``git`` must know the remote's branches and the pushed commit."""
    commits = list(_commits(git, pushed))
    known = _distinct(git, pushed) if pushed.news else None
    told = tuple(one if known is None else replace(one, distinct=one.sha in known) for one in commits)
    tracked = pushed.news and not pushed.created
    return PushFacts(
        before=NO_COMMIT if pushed.created else pushed.base,
        created=pushed.created,
        forced=tracked and bool(git.run("rev-list", "--max-count=1", pushed.base, f"^{pushed.sha}", check=False)),
        commits=told if pushed.news or not pushed.created or not pushed.base else (),
        head=told[-1] if told else None,
    )


def _commits(git: Git, pushed: Range) -> Iterator[CommitFacts]:
    without = (f"^{pushed.base}",) if pushed.base else ()
    told = git.run(*_LOG, f"--format={_FORM}", f"--max-count={MOST_COMMITS}", pushed.sha, *without, check=False)
    last = ""
    for one in _START.split(told)[1:]:
        words = one.split("\0")
        if words[0] != last:
            yield _commit(words)
        last = words[0]


def _commit(words: list[str]) -> CommitFacts:
    """A commit by the words of ``_FORM``, and those of ``--name-status`` behind an empty one."""
    sha, tree, author, address, committer, committing, seconds, message = words[:_FIELDS]
    names = [word.lstrip("\n") for word in words[_FIELDS:]]
    changes = parse_changes([name for name in names if name])
    return CommitFacts(
        sha=sha,
        tree=tree,
        message=message.rstrip("\n"),
        time=stamp(int(seconds)),
        author_name=author,
        author_email=address,
        committer_name=committer,
        committer_email=committing,
        added=tuple(changes.added),
        removed=tuple(changes.removed),
        modified=tuple(changes.modified),
    )


def _distinct(git: Git, pushed: Range) -> set[str]:
    """Those that no branch of the remote has."""
    return set(git.run("rev-list", pushed.sha, "--not", "--remotes=origin", check=False).splitlines())
