"""Secrets in the history: each line that a commit added, newest first, by detect-secrets, for a bounded time.

A secret that was deleted is still in every clone. What time did not allow to look at is a problem, never silence.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
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


def check(scene: Scene) -> Checked | None:
    """Every commit that any branch or tag reaches."""
    commits = _git(scene.root, "rev-list", "--all", "--no-merges")
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
    what = f"{len(listed) - left} of {len(listed)} commits" if left else f"{len(listed)} commits"
    return Checked(what=what, tools=(TOOL,), evidence=_evidence(memory, allowed, left, scene))


def _evidence(memory: Memory, allowed: frozenset[str], left: int, scene: Scene) -> Evidence:
    problems: tuple[Finding, ...] = ()
    if left:
        limit = f"{scene.settings.history_seconds:g} s"
        title = f"{left} commits were not looked at: {limit} were over; the next run goes on there"
        problems = (problem(Problem.SKIPPED, title, tool=TOOL, package="history"),)
    found = {secret.digest: secret for secret in memory.secrets}
    count = len(found.keys() & allowed)
    counted = Measure(name="suppressed/history", unit="count", better=Better.LOWER, value=count, tool=TOOL)
    return Evidence(
        measures=(counted,) if count else (),
        findings=tuple(_finding(secret) for digest, secret in found.items() if digest not in allowed),
        problems=problems,
        examined=frozenset({Kind.SECRET}),
    )


def _finding(secret: Secret) -> Finding:
    return secret_finding(secret.type, secret.digest, secret.path, where=f", added by {secret.commit[:10]}")


def _search(scene: Scene, commits: list[str]) -> Memory:
    """What is known of these commits once the time is over or all were looked at."""
    try:
        from detect_secrets import __version__  # noqa: PLC0415 - an extra that most commands don't need
        from detect_secrets.settings import default_settings  # noqa: PLC0415 - goes with the line above
    except ImportError as error:
        raise NotCheckedError("detect-secrets isn't installed", hint=EXTRA) from error
    place = place_of(scene.cache, str(scene.root), str(__version__), *scene.settings.exclude)
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

    secrets: list[Secret] = []
    for path, change in _changes(scene.root, commit, lines):
        if time.monotonic() > end:
            return False
        if any(left_in([path], scene.settings.exclude)):
            secrets += (Secret(one.type, one.secret_hash, path, commit) for one in scan_diff(change))
    memory.secrets += secrets
    memory.commits.add(commit)
    return True


def _changes(root: Path, commit: str, known: set[bytes]) -> Iterator[tuple[str, str]]:
    """Each file's new lines as a diff of their own: what was looked at in a newer commit isn't looked at again."""
    shown = ("show", "--format=", "--unified=0", "--no-color", "--no-ext-diff", "--no-renames", "--no-textconv")
    text = _git(root, *shown, "--diff-filter=AM", commit) or b""
    for part in text[:_LARGEST_CHANGE].split(b"\ndiff --git "):
        head, _, body = part.partition(b"\n+++ b/")
        path, _, rest = body.partition(b"\n")
        added = [row for row in rest.split(b"\n") if row.startswith(b"+") and row[:_LONGEST_LINE].strip(b"+ \t\r")]
        new = [row[:_LONGEST_LINE] for row in dict.fromkeys(added) if row not in known]
        known.update(new)
        if new and head:
            yield path.decode("utf-8", "replace"), _as_diff(path.decode("utf-8", "replace"), new)


def _as_diff(path: str, rows: list[bytes]) -> str:
    clean = [row.decode("utf-8", "replace").replace("\r", " ") for row in rows]
    return "\n".join([f"--- a/{path}", f"+++ b/{path}", f"@@ -0,0 +1,{len(clean)} @@", *clean, ""])


def _git(root: Path, *words: str) -> bytes | None:
    with suppress(UnavailableError):
        return git_bytes(root, "-c", "core.quotepath=off", *words, seconds=120)
    return None
