"""Secrets in the history: each line that a commit added, newest first, by detect-secrets, for a bounded time.

A secret that was deleted is still in every clone. What time did not allow to look at is a problem, never silence.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from sluice.audit.model import Checked, NotCheckedError, Scene
from sluice.audit.parts.allowed import read_allowed
from sluice.audit.parts.detecting import PRAGMA, detecting, encoding_of, passed_over, secrets_in, version
from sluice.audit.parts.remembered import Memory, Secret, place_of, recall, remember
from sluice.audit.parts.secrets import left_out
from sluice.audit.sources import left_in
from sluice.evidence.model import Better, Evidence, Finding, Kind, Measure
from sluice.evidence.problems import Problem, problem
from sluice.evidence.readers.scanners.detect_secrets import secret_finding
from sluice.repository.git import git_bytes, git_head
from sluice.source.errors import UnavailableError

TOOL = "detect-secrets"
_LARGEST_CHANGE = 8 * 1024 * 1024
_MOST_SHOWN = 5
_WAY = "4"
"""What was remembered of another way to look, which passed over more, doesn't count."""
_SHOW = (
    *("show", "--cc", "--format=", "--unified=0", "--no-color", "--no-ext-diff", "--no-renames", "--no-textconv"),
    "--full-index",
    *("--src-prefix=a/", "--dst-prefix=b/", "--diff-filter=AMT"),
)
"""What a commit adds, whatever git is set to; of a merge what none of its parents has."""
_FILE = re.compile(rb"^diff --(?:git|cc) ", re.MULTILINE)
_NAME = re.compile(rb"^\+\+\+ (\"?)b/(.*?)\1\t?\n", re.MULTILINE)
_INDEX = re.compile(rb"^index ([0-9a-f,]+)\.\.([0-9a-f]+)[^\n]*\n(?:[^\n]*mode [^\n]*\n)?Binary files ", re.MULTILINE)
"""Of a file whose lines git doesn't show: it has a NUL, or ``.gitattributes`` say so, which may be wrong.

Of a merge the file's mode comes behind its digests.
"""
_HUNK = re.compile(rb"^(@@+) ", re.MULTILINE)
_ALLOWING = PRAGMA.encode()
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)")
_ESCAPED = {b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r"}


class _OverError(Exception):
    """The time for the history is over."""


def check(scene: Scene) -> Checked | None:
    """Every commit that any branch or tag reaches."""
    commits = _git(scene.root, "rev-list", "--all")
    if commits is None:
        raise NotCheckedError("this is no git repository")
    listed = commits.decode().split()
    if not listed:
        return None
    if _git(scene.root, "rev-parse", "--is-shallow-repository") == b"true\n":
        raise NotCheckedError("the clone is shallow: its history isn't here", hint="check out with fetch-depth: 0")
    allowed = read_allowed(scene)
    memory = _search(scene, listed)
    left = len(listed) - sum(commit in memory.commits for commit in listed)
    total = f"{len(listed)} commit{'s' * (len(listed) != 1)}"
    what = f"{len(listed) - left} of {total}" if left else total
    what += left_out(len(memory.no_text))
    return Checked(what=what, tools=(TOOL,), evidence=_evidence(memory, allowed, left, scene))


def _evidence(memory: Memory, allowed: frozenset[str], left: int, scene: Scene) -> Evidence:
    problems: list[Finding] = []
    if left:
        limit = f"{scene.settings.history_seconds:g} s"
        title = f"{left} commits were not looked at: {limit} were over; the next run goes on there"
        problems.append(problem(Problem.SKIPPED, title, tool=TOOL, package="history"))
    if memory.cut:
        title = f"only part of what these commits add was looked at, for it is so much: {_shown(memory.cut)}"
        problems.append(problem(Problem.TOO_LARGE, title, tool=TOOL, package="history"))
    found = {secret.digest: secret for secret in memory.secrets}
    count = len(found.keys() & allowed)
    counted = Measure(name="suppressed/history", unit="count", better=Better.LOWER, value=count, tool=TOOL)
    return Evidence(
        measures=(counted,) if count else (),
        findings=tuple(_finding(secret) for digest, secret in found.items() if digest not in allowed),
        problems=tuple(problems),
        examined=frozenset({Kind.SECRET}),
    )


def _shown(commits: Sequence[str]) -> str:
    first = ", ".join(commit[:10] for commit in commits[:_MOST_SHOWN])
    return first if len(commits) <= _MOST_SHOWN else f"{first} and {len(commits) - _MOST_SHOWN} more"


def _finding(secret: Secret) -> Finding:
    return secret_finding(secret.type, secret.digest, secret.path, where=f", added by {secret.commit[:10]}")


def _search(scene: Scene, commits: list[str]) -> Memory:
    """What is known of these commits once the time is over or all were looked at."""
    place = place_of(scene.cache, str(scene.root), version(), _WAY, *scene.settings.exclude)
    memory = recall(place, commits)
    before = len(memory.commits)
    end = time.monotonic() + scene.settings.history_seconds
    lines: set[int] = set()
    with detecting(gone=True), suppress(_OverError):
        for commit in commits:
            if commit not in memory.commits:
                _look(scene, commit, memory, lines, end)
    if len(memory.commits) > before:
        remember(place, memory)
    return memory


def _look(scene: Scene, commit: str, memory: Memory, lines: set[int], end: float) -> None:
    """Look at the commit as a whole. Raises ``_OverError``: then it isn't remembered."""
    text = _git_head(scene.root, *_SHOW, commit)
    secrets: list[Secret] = []
    whole = text is not None and len(text) <= _LARGEST_CHANGE
    for part in _FILE.split((text or b"")[:_LARGEST_CHANGE]):
        _go_on(end)
        change = _change(scene.root, part)
        if change is None or not any(left_in([change.path], scene.settings.exclude)):
            continue
        if change.rows is None or passed_over(change.path):
            memory.no_text.add(change.path)
            continue
        whole = whole and change.whole
        found = secrets_in(change.path, map(_text, _new(change.rows, lines, end)))
        secrets += (Secret(one.type, one.digest, change.path, commit) for one in found)
    memory.secrets += secrets
    memory.commits.add(commit)
    if not whole:
        memory.cut.append(commit)


def _go_on(end: float) -> None:
    if time.monotonic() > end:
        raise _OverError


class _Change(Struct, frozen=True):
    """The lines that a commit added to a file: none where the file is no text, not all where it isn't ``whole``."""

    path: str
    rows: Iterable[bytes] | None
    whole: bool = True


def _change(root: Path, part: bytes) -> _Change | None:
    name, hunk, index = _NAME.search(part), _HUNK.search(part), _INDEX.search(part)
    if name is not None and hunk is not None:
        return _Change(_path(name[2], quoted=bool(name[1])), _added(part[hunk.start() :], len(hunk[1]) - 1))
    return None if index is None else _of_blob(root, _named(part, merge=b"," in index[1]), index[2].decode())


def _of_blob(root: Path, path: str, blob: str) -> _Change:
    """A file whose lines git doesn't show, as a whole: what was in it before was looked at before."""
    if passed_over(path):
        return _Change(path, None)
    data = _git_head(root, "cat-file", "blob", blob)
    if data is None:
        return _Change(path, (), whole=False)
    encoding = encoding_of(data)
    if encoding is None:
        return _Change(path, None)
    text = data[:_LARGEST_CHANGE].decode(encoding, "replace").encode()
    return _Change(path, text.split(b"\n"), whole=len(data) <= _LARGEST_CHANGE)


def _named(part: bytes, *, merge: bool) -> str:
    """What stands behind ``diff --cc``, or the second half of what stands behind ``diff --git``."""
    line = part.partition(b"\n")[0]
    said = line if merge else line[(len(line) + 1) // 2 :]
    quoted = said.startswith(b'"')
    return _path((said[1:-1] if quoted else said).removeprefix(b"" if merge else b"b/"), quoted=quoted)


def _path(name: bytes, *, quoted: bool) -> str:
    return (_ESCAPE.sub(_unescaped, name) if quoted else name).decode("utf-8", "replace")


def _added(text: bytes, parents: int) -> Iterator[bytes]:
    """The lines that no parent has, each after one ``+``; a merge's have one for each parent.

    Where others stand between them, an empty one does here, so that no comment allows what isn't next to it.
    """
    marks = b"+" * parents
    for row in text.split(b"\n"):
        if row.startswith(marks):
            yield row[parents:]
        elif b"-" not in row[:parents]:
            yield b""


def _new(rows: Iterable[bytes], known: set[int], end: float) -> Iterator[bytes]:
    """What was looked at in a newer commit isn't looked at again: an empty line stands there, but for a comment that
    may allow the next. A digest of each line is kept, for there are many. Raises ``_OverError``.
    """
    for row in rows:
        digest = hash(row)
        if not row.strip(b"+ \t\r") or (digest in known and _ALLOWING not in row):
            yield b""
            continue
        _go_on(end)
        known.add(digest)
        yield row


def _text(row: bytes) -> str:
    """Without NUL, which stands between the letters where git was told to show UTF-16."""
    return row.decode("utf-8", "replace").replace("\r", " ").replace("\0", "")


def _unescaped(found: re.Match[bytes]) -> bytes:
    said = found[1]
    return bytes([int(said, 8) & 0xFF]) if said.isdigit() else _ESCAPED.get(said, said)


def _git(root: Path, *words: str) -> bytes | None:
    with suppress(UnavailableError):
        return git_bytes(root, "-c", "core.quotepath=off", *words, seconds=120)
    return None


def _git_head(root: Path, *words: str) -> bytes | None:
    """As much as is looked at, and a byte more where there is more."""
    with suppress(UnavailableError):
        return git_head(root, "-c", "core.quotepath=off", *words, most=_LARGEST_CHANGE + 1, seconds=120)
    return None
