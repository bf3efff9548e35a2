"""Files and changes as the snapshot has them: contents at a ref, what a pull request changes, who may do what."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from urllib.parse import quote

from sluice.github_api.calls import Call, Facts, Reply, not_found
from sluice.github_api.shapes import WEB, user
from sluice.rehearsal.github.route import Route
from sluice.rehearsal.github.state import Repository
from sluice.repository.git import git_bytes

_KINDS = {"100": "file", "120": "symlink", "160": "submodule", "040": "dir"}
"""By the first three digits of a mode of git's."""
_STATES = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "C": "copied", "T": "changed"}


def _git(repository: Repository, *words: str) -> bytes:
    """What git prints of the snapshot. Raises ``RefusedError`` where there is no such thing in it."""
    place = repository.scene.snapshot if repository.is_own else None
    found = git_bytes(place, *words) if place else None
    if found is None:
        raise not_found()
    return found


def _contents(repository: Repository, call: Call) -> Reply:
    """A file, or the list of a folder's entries."""
    path, ref = call.names["path"], call.query.get("ref") or repository.scene.default_branch
    commit = repository.commit_of(ref)
    found = _entries(repository, call, commit, path)
    if not found:
        raise not_found()
    if found[0]["type"] == "dir":
        return Reply(body=_entries(repository, call, commit, f"{path}/"))
    return _file(repository, call, commit, found[0])


def _file(repository: Repository, call: Call, commit: str, entry: Facts) -> Reply:
    if entry["type"] == "submodule":
        return Reply(body={**entry, "submodule_git_url": _submodule_address(repository, commit, entry["path"])})
    data = _git(repository, "cat-file", "blob", entry["sha"])
    if "raw" in call.headers.get("accept", ""):
        return Reply(body=data, headers={"Content-Type": "application/vnd.github.raw; charset=utf-8"})
    if entry["type"] == "symlink":
        return Reply(body={**entry, "target": data.decode("utf-8", "replace")})
    return Reply(body={**entry, "encoding": "base64", "content": base64.encodebytes(data).decode()})


def _submodule_address(repository: Repository, commit: str, path: str) -> str:
    """As ``.gitmodules`` has it; empty where that is silent."""
    words = ("config", "--null", f"--blob={commit}:.gitmodules", "--get-regexp", r"^submodule\..*\.(path|url)$")
    told = dict(line.partition("\n")[::2] for line in _fields(_git(repository, *words)))
    named = (key.removesuffix(".path") for key, value in told.items() if key.endswith(".path") and value == path)
    return next((told.get(f"{name}.url", "") for name in named), "")


def _entries(repository: Repository, call: Call, commit: str, path: str) -> list[Facts]:
    listed = _git(repository, "--literal-pathspecs", "ls-tree", "-z", "--long", commit, "--", path)
    return [_entry(repository, call, commit, line.decode("utf-8", "replace")) for line in listed.split(b"\0") if line]


def _entry(repository: Repository, call: Call, commit: str, line: str) -> Facts:
    facts, path = line.split("\t", 1)
    mode, _, sha, size = facts.split()
    kind, place = _KINDS[mode[:3]], quote(path)
    at = call.at(repository.name, f"/contents/{place}?ref={commit}")
    git_at = call.at(repository.name, f"/git/{'trees' if kind == 'dir' else 'blobs'}/{sha}")
    web = f"{WEB}/{repository.name}/{'tree' if kind == 'dir' else 'blob'}/{commit}/{place}"
    return {
        "type": kind,
        "size": int(size) if size.isdigit() else 0,
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": sha,
        "url": at,
        "git_url": git_at,
        "html_url": web,
        "download_url": None if kind in {"dir", "submodule"} else web.replace("/blob/", "/raw/", 1),
        "_links": {"self": at, "git": git_at, "html": web},
    }


def _pull_files(repository: Repository, call: Call) -> Reply:
    """Each ``diff-entry`` from where the branches parted."""
    row = repository.table("pulls").get(call.number)
    base, head = (_commit(repository, row, side) for side in ("base", "head"))
    changes = f"{base}...{head}"
    counts = dict(_counts(_git(repository, "diff", "--numstat", "-z", "--find-renames", changes)))
    raw = _git(repository, "diff", "--raw", "-z", "--no-abbrev", "--find-renames", changes)
    return Reply(body=[_change(repository, call, head, found, counts) for found in _changes(raw)])


def _commit(repository: Repository, row: Facts, side: str) -> str:
    given = row.get(side) or {}
    return str(given.get("sha") or repository.commit_of(given.get("ref") or repository.scene.default_branch))


def _fields(data: bytes) -> Iterator[str]:
    return iter(data.decode("utf-8", "replace").removesuffix("\0").split("\0") if data else ())


def _changes(raw: bytes) -> Iterator[tuple[str, str, str, str]]:
    """State, blob, path, and the path before where it was another (git-scm.com: diff-format)."""
    fields = _fields(raw)
    for facts in fields:
        *_, before, after, state = facts.split()
        path = next(fields)
        old, path = (path, next(fields)) if state[0] in "RC" else ("", path)
        yield state[0], before if state == "D" else after, path, old


def _counts(data: bytes) -> Iterator[tuple[str, tuple[int, int]]]:
    """Lines added and removed by path; none of a file that isn't text."""
    fields = _fields(data)
    for facts in fields:
        added, removed, path = facts.split("\t", 2)
        if not path:
            _, path = next(fields), next(fields)
        yield path, (int(added) if added.isdigit() else 0, int(removed) if removed.isdigit() else 0)


def _change(
    repository: Repository,
    call: Call,
    head: str,
    found: tuple[str, str, str, str],
    counts: dict[str, tuple[int, int]],
) -> Facts:
    state, sha, path, old = found
    added, removed = counts.get(path, (0, 0))
    web = f"{WEB}/{repository.name}"
    return {
        "sha": sha,
        "filename": path,
        "status": _STATES[state],
        "additions": added,
        "deletions": removed,
        "changes": added + removed,
        "blob_url": f"{web}/blob/{head}/{quote(path, safe='')}",
        "raw_url": f"{web}/raw/{head}/{quote(path, safe='')}",
        "contents_url": call.at(repository.name, f"/contents/{quote(path, safe='')}?ref={head}"),
        **({"previous_filename": old} if old else {}),
    }


def _permission(repository: Repository, call: Call) -> Reply:
    """Whoever starts a run here owns what it is of; of others nothing is known."""
    name = call.names["username"]
    may = name.lower() in {repository.scene.actor.lower(), repository.owner.lower()}
    role = {"role_name": "admin" if may else "none"}
    return Reply(body={"permission": role["role_name"], **role, "user": {**user(call, name), **role}})


_REPOSITORY = "/repos/{owner}/{repo}"
ROUTES = (
    Route(method="GET", path=f"{_REPOSITORY}/contents/{{path...}}", answer=_contents),
    Route(method="GET", path=f"{_REPOSITORY}/pulls/{{number}}/files", answer=_pull_files),
    Route(method="GET", path=f"{_REPOSITORY}/collaborators/{{username}}/permission", answer=_permission),
)
