"""Secrets in the history: each line that a commit added, newest first, by detect-secrets, for a bounded time.

A secret that was deleted is still in every clone. What time did not allow to look at is a problem, never silence.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from sluice.audit.model import Checked, NotCheckedError, Scene
from sluice.audit.parts.allowed import read_allowed
from sluice.audit.parts.remembered import Memory, Secret, place_of, recall, remember
from sluice.audit.programs import EXTRA
from sluice.audit.sources import left_in
from sluice.evidence.model import Better, Evidence, Finding, Kind, Measure
from sluice.evidence.problems import Problem, problem
from sluice.evidence.readers.scanners.detect_secrets import secret_finding
from sluice.repository.git import git_bytes
from sluice.source.errors import UnavailableError

TOOL = "detect-secrets"
_FILES_THAT_ARE_GONE = "detect_secrets.filters.common.is_invalid_file"
"""The filter that passes over a file that isn't there any more, as most of a history isn't."""
_LONGEST_LINE = 2000
_LARGEST_CHANGE = 8 * 1024 * 1024
_MOST_SHOWN = 5
_WAY = "2"
"""What was remembered of another way to look, which passed over more, doesn't count."""
_SHOW = (
    *("show", "--cc", "--format=", "--unified=0", "--no-color", "--no-ext-diff", "--no-renames", "--no-textconv"),
    *("--src-prefix=a/", "--dst-prefix=b/", "--diff-filter=AMT"),
)
"""What a commit adds, whatever git is set to; of a merge what none of its parents has."""
_FILE = re.compile(rb"^diff --(?:git|cc) ", re.MULTILINE)
_NAME = re.compile(rb"^\+\+\+ (\"?)b/(.*?)\1\t?\n", re.MULTILINE)
_HUNK = re.compile(rb"^(@@+) ", re.MULTILINE)
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)")
_ESCAPED = {b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r"}


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
    try:
        from detect_secrets import __version__  # noqa: PLC0415 - an extra that most commands don't need
        from detect_secrets.settings import default_settings  # noqa: PLC0415 - goes with the line above
    except ImportError as error:
        raise NotCheckedError("detect-secrets isn't installed", hint=EXTRA) from error
    place = place_of(scene.cache, str(scene.root), str(__version__), _WAY, *scene.settings.exclude)
    memory = recall(place, commits)
    before = len(memory.commits)
    end = time.monotonic() + scene.settings.history_seconds
    lines: set[bytes] = set()
    with default_settings() as settings:
        settings.disable_filters(_FILES_THAT_ARE_GONE)
        for commit in commits:
            if commit not in memory.commits and not _look(scene, commit, memory, lines, end):
                break
    if len(memory.commits) > before:
        remember(place, memory)
    return memory


def _look(scene: Scene, commit: str, memory: Memory, lines: set[bytes], end: float) -> bool:
    """Whether the commit was looked at before the time was over."""
    from detect_secrets.core.scan import scan_diff  # noqa: PLC0415 - as above

    text = _git(scene.root, *_SHOW, commit)
    secrets: list[Secret] = []
    for path, change in _changes((text or b"")[:_LARGEST_CHANGE], lines):
        if time.monotonic() > end:
            return False
        if any(left_in([path], scene.settings.exclude)):
            secrets += (Secret(one.type, one.secret_hash, path, commit) for one in scan_diff(change))
    memory.secrets += secrets
    memory.commits.add(commit)
    if text is None or len(text) > _LARGEST_CHANGE:
        memory.cut.append(commit)
    return True


def _changes(text: bytes, known: set[bytes]) -> Iterator[tuple[str, str]]:
    """Each file's new lines as a diff of their own: what was looked at in a newer commit isn't looked at again."""
    for part in _FILE.split(text):
        name, hunk = _NAME.search(part), _HUNK.search(part)
        if name is None or hunk is None:
            continue
        added = dict.fromkeys(_added(part[hunk.start() :], len(hunk[1]) - 1))
        new = [row for row in added if row not in known]
        known.update(new)
        if new:
            path = (_ESCAPE.sub(_unescaped, name[2]) if name[1] else name[2]).decode("utf-8", "replace")
            yield path, _as_diff(path, new)


def _added(text: bytes, parents: int) -> Iterator[bytes]:
    """The lines that no parent has, each after one ``+``; a merge's have one for each parent."""
    marks = b"+" * parents
    for row in text.split(b"\n"):
        if row.startswith(marks) and row[parents:_LONGEST_LINE].strip(b"+ \t\r"):
            yield b"+" + row[parents:_LONGEST_LINE]


def _unescaped(found: re.Match[bytes]) -> bytes:
    said = found[1]
    return bytes([int(said, 8) & 0xFF]) if said.isdigit() else _ESCAPED.get(said, said)


def _as_diff(path: str, rows: list[bytes]) -> str:
    clean = [row.decode("utf-8", "replace").replace("\r", " ") for row in rows]
    return "\n".join([f"--- a/{path}", f"+++ b/{path}", f"@@ -0,0 +1,{len(clean)} @@", *clean, ""])


def _git(root: Path, *words: str) -> bytes | None:
    with suppress(UnavailableError):
        return git_bytes(root, "-c", "core.quotepath=off", *words, seconds=120)
    return None
