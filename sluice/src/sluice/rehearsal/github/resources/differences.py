"""What git finds changed between commits, as GitHub tells it: each ``diff-entry``, with its hunks."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from sluice.github_api.calls import Call, Facts, Reply
from sluice.github_api.shapes import WEB
from sluice.rehearsal.github.copy import read
from sluice.rehearsal.github.state import Repository

_STATES = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "C": "copied", "T": "changed"}


def differences(repository: Repository, call: Call, base: str, head: str) -> list[Facts]:
    """Each ``diff-entry`` from one commit (or tree) to another. Raises ``RefusedError``."""
    counts = dict(_counts(_diff(repository, "--numstat", "-z", base, head)))
    raw = _diff(repository, "--raw", "-z", "--no-abbrev", base, head)
    hunks = _hunks(_diff(repository, "--patch", base, head))
    found = [_change(repository, call, head, change, counts) for change in _changes(raw)]
    return [{**one, **({"patch": hunk} if hunk else {})} for one, hunk in zip(found, hunks, strict=True)]


def parent_of(repository: Repository, commit: str) -> str:
    """The commit before, or the tree without entries for one that has none."""
    before = read(repository, "show", "--no-patch", "--format=%P", commit).decode().split()
    empty = ("hash-object", "-t", "tree", "/dev/null")
    return before[0] if before else read(repository, *empty).decode().strip()


def merge_base(repository: Repository, base: str, head: str) -> str:
    """Where two commits parted. Raises ``RefusedError`` where they have no history in common here."""
    return read(repository, "merge-base", base, head).decode().strip()


def as_text(repository: Repository, call: Call, base: str, head: str) -> Reply | None:
    """The diff or the patches themselves, where the request asks for these instead of JSON."""
    accept = call.headers.get("accept", "")
    if "diff" in accept:
        data, kind = _diff(repository, "--patch", base, head), "diff"
    elif "patch" in accept:
        data, kind = read(repository, "format-patch", "--stdout", f"{base}..{head}"), "patch"
    else:
        return None
    headers = {"Content-Type": f"application/vnd.github.{kind}; charset=utf-8"}
    return Reply(body=data, headers=headers)


def _diff(repository: Repository, *words: str) -> bytes:
    options = ("--no-color", "--no-ext-diff", "--no-textconv", "--find-renames")
    return read(repository, "diff", *options, *words, "--")


def fields(data: bytes) -> Iterator[str]:
    """What git separates by zeros."""
    return iter(data.decode("utf-8", "replace").removesuffix("\0").split("\0") if data else ())


def _changes(raw: bytes) -> Iterator[tuple[str, str, str, str]]:
    """State, blob, path, and the path before where it was another (git-scm.com: diff-format)."""
    parts = fields(raw)
    for facts in parts:
        *_, before, after, state = facts.split()
        path = next(parts)
        old, path = (path, next(parts)) if state[0] in "RC" else ("", path)
        yield state[0], before if state == "D" else after, path, old


def _counts(data: bytes) -> Iterator[tuple[str, tuple[int, int]]]:
    """Lines added and removed by path; none of a file that isn't text."""
    parts = fields(data)
    for facts in parts:
        added, removed, path = facts.split("\t", 2)
        if not path:
            _, path = next(parts), next(parts)
        yield path, (int(added) if added.isdigit() else 0, int(removed) if removed.isdigit() else 0)


def _hunks(data: bytes) -> list[str]:
    """Each file's hunks, in git's order; empty where it has none, as a file that isn't text.

    A file that became a link, say, is told by git as removed and added: two parts, one after the other.
    """
    found: list[tuple[str, str]] = []
    for file in f"\n{data.decode('utf-8', 'replace')}".split("\ndiff --git ")[1:]:
        name, hunks = file.partition("\n")[0], file[file.find("\n@@ ") + 1 :] if "\n@@ " in file else ""
        before = found.pop()[1] + "\n" if found and found[-1][0] == name else ""
        found.append((name, before + hunks.removesuffix("\n")))
    return [hunks for _, hunks in found]


def _change(
    repository: Repository,
    call: Call,
    head: str,
    found: tuple[str, str, str, str],
    counts: dict[str, tuple[int, int]],
) -> Facts:
    state, sha, path, old = found
    added, removed = counts.get(path, (0, 0))
    web, written = f"{WEB}/{repository.name}", quote(path, safe="")
    return {
        "sha": sha,
        "filename": path,
        "status": _STATES[state],
        "additions": added,
        "deletions": removed,
        "changes": added + removed,
        "blob_url": f"{web}/blob/{head}/{written}",
        "raw_url": f"{web}/raw/{head}/{written}",
        "contents_url": call.at(repository.name, f"/contents/{written}?ref={head}"),
        **({"previous_filename": old} if old else {}),
    }
