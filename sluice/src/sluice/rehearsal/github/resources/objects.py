"""Git's own objects: commits, trees, blobs and tags, read as they are here and written to the stand-in's copy."""

from __future__ import annotations

import base64
import binascii
import contextlib
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from sluice.github_api.calls import Call, Facts, RefusedError, Reply
from sluice.github_api.shapes import BOT, node_id, now
from sluice.rehearsal.github.copy import commit_at, read, write
from sluice.rehearsal.github.resources.commits import git_commit
from sluice.rehearsal.github.route import Route
from sluice.rehearsal.github.state import Repository

EMAIL = "41898282+github-actions[bot]@users.noreply.github.com"
"""Of whoever has the job's token."""
_NAME = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_MODES = {"100644": "blob", "100755": "blob", "040000": "tree", "160000": "commit", "120000": "blob"}


def write_commit(repository: Repository, body: Facts, tree: str, parents: list[str]) -> str:
    """A new commit's name; ``body`` has its ``message``, and who wrote it. Raises ``RefusedError``."""
    author = body.get("author") or {}
    people = {**_named("AUTHOR", author), **_named("COMMITTER", body.get("committer") or author)}
    words = [word for parent in parents for word in ("-p", parent)]
    return write(repository, str(body["message"]).encode(), "commit-tree", tree, *words, extra=people)


def _named(who: str, person: Mapping[str, str]) -> dict[str, str]:
    return {
        f"GIT_{who}_NAME": person.get("name") or BOT,
        f"GIT_{who}_EMAIL": person.get("email") or EMAIL,
        f"GIT_{who}_DATE": person.get("date") or now(),
    }


def write_tree(repository: Repository, base: str | None, entries: list[Facts]) -> str:
    """A tree's name: ``base`` with these put over it; an entry's ``sha`` that is ``None`` takes it away.

    Raises ``RefusedError``.
    """
    with tempfile.TemporaryDirectory() as folder:
        extra = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        if base:
            write(repository, b"", "read-tree", checked(base), extra=extra)
        for entry in entries:
            _put(repository, entry, extra)
        return write(repository, b"", "write-tree", extra=extra)


def _put(repository: Repository, entry: Facts, extra: Mapping[str, str]) -> None:
    path, mode = str(entry.get("path") or ""), str(entry.get("mode") or "100644")
    if mode not in _MODES or not path:
        raise RefusedError(422, f"tree.mode '{mode}' of tree.path '{path}': one of {', '.join(_MODES)} is wanted")
    if "content" in entry:
        sha = write(repository, str(entry["content"]).encode(), "hash-object", "-w", "--stdin")
    else:
        sha = entry.get("sha") or ""
    lines = _removals(repository, path, extra) if not sha or mode == "040000" else []
    if sha:
        below = _below(repository, path, checked(sha)) if mode == "040000" else [f"{mode} {checked(sha)}\t{path}"]
        lines.extend(below)
    data = "".join(f"{line}\0" for line in lines).encode("utf-8", "surrogateescape")
    write(repository, data, "update-index", "-z", "--index-info", extra=extra)


def _below(repository: Repository, path: str, tree: str) -> list[str]:
    """Each file of a tree, as an index has it in a folder."""
    listed = read(repository, "ls-tree", "-r", "-z", tree).decode("utf-8", "surrogateescape").split("\0")
    return [
        "\t".join((facts, f"{path}/{name}")) for facts, _, name in (line.partition("\t") for line in listed if line)
    ]


def _removals(repository: Repository, path: str, extra: Mapping[str, str]) -> list[str]:
    """What takes a file, or all of a folder, out of an index (git-scm.com: git-update-index)."""
    there = write(repository, b"", "--literal-pathspecs", "ls-files", "-z", "--", path, extra=extra)
    return [f"0 {'0' * 40}\t{name}" for name in there.split("\0") if name]


def checked(sha: object) -> str:
    """An object's name as a request has it. Raises ``RefusedError`` for anything else."""
    if not _NAME.fullmatch(str(sha)):
        raise RefusedError(422, f"'{sha}' is no object's name: 40 or 64 hexadecimal digits are wanted")
    return str(sha)


def write_blob(repository: Repository, body: Facts) -> str:
    """A blob's name; ``body`` has its ``content``, and how it is encoded. Raises ``RefusedError``."""
    return write(repository, _content(body), "hash-object", "-w", "--stdin")


def _content(body: Facts) -> bytes:
    if body.get("encoding") != "base64":
        return str(body["content"]).encode()
    return from_base64(body["content"])


def from_base64(text: object) -> bytes:
    """The bytes that stand so in a request. Raises ``RefusedError``."""
    try:
        return base64.b64decode("".join(str(text).split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise RefusedError(422, "content is not valid Base64") from error


def _get_commit(repository: Repository, call: Call) -> Reply:
    return Reply(body=git_commit(repository, call, commit_at(repository, call.names["sha"])))


def _create_commit(repository: Repository, call: Call) -> Reply:
    body = call.required("message", "tree")
    parents = [checked(one) for one in body.get("parents") or ()]
    sha = write_commit(repository, body, checked(body["tree"]), parents)
    return Reply(status=201, body=git_commit(repository, call, sha))


def _get_tree(repository: Repository, call: Call) -> Reply:
    name = call.names["sha"]
    with contextlib.suppress(RefusedError):  # a tree's own name
        name = commit_at(repository, name)
    return Reply(body=_tree(repository, call, name, recursive="recursive" in call.query))


def _tree(repository: Repository, call: Call, name: str, *, recursive: bool = False) -> Facts:
    sha = read(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{tree}}").decode().strip()
    listed = read(repository, "ls-tree", "-z", "--long", *(("-r", "-t") if recursive else ()), sha)
    lines = (line.decode("utf-8", "replace") for line in listed.split(b"\0") if line)
    return {
        "sha": sha,
        "url": call.at(repository.name, f"/git/trees/{sha}"),
        "tree": [_entry(repository, call, line) for line in lines],
        "truncated": False,
    }


def _entry(repository: Repository, call: Call, line: str) -> Facts:
    facts, path = line.split("\t", 1)
    mode, kind, sha, size = facts.split()
    at = {"url": call.at(repository.name, f"/git/{kind}s/{sha}")} if kind != "commit" else {}
    sized = {"size": int(size)} if kind == "blob" else {}
    return {"path": path, "mode": mode, "type": kind, "sha": sha, **sized, **at}


def _create_tree(repository: Repository, call: Call) -> Reply:
    body = call.required("tree")
    entries = [entry for entry in body["tree"] if isinstance(entry, dict)]
    return Reply(status=201, body=_tree(repository, call, write_tree(repository, body.get("base_tree"), entries)))


def _get_blob(repository: Repository, call: Call) -> Reply:
    sha = checked(call.names["sha"])
    data = read(repository, "cat-file", "blob", sha)
    if "raw" in call.headers.get("accept", ""):
        return Reply(body=data, headers={"Content-Type": "application/vnd.github.raw; charset=utf-8"})
    content = {"content": base64.encodebytes(data).decode(), "encoding": "base64", "size": len(data)}
    return Reply(body={**_blob(repository, call, sha), "node_id": node_id("Blob", sha), **content})


def _blob(repository: Repository, call: Call, sha: str) -> Facts:
    return {"sha": sha, "url": call.at(repository.name, f"/git/blobs/{sha}")}


def _create_blob(repository: Repository, call: Call) -> Reply:
    body = call.body
    if not isinstance(body.get("content"), str):
        call.required("content")
    sha = write_blob(repository, body)
    return Reply(status=201, body=_blob(repository, call, sha), told={"sha": sha})


_GIT = "/repos/{owner}/{repo}/git"
ROUTES = (
    Route(method="GET", path=f"{_GIT}/commits/{{sha}}", answer=_get_commit),
    Route(
        method="POST",
        path=f"{_GIT}/commits",
        answer=_create_commit,
        kind="commit",
        scope="contents",
        target="{message}",
    ),
    Route(method="GET", path=f"{_GIT}/trees/{{sha...}}", answer=_get_tree),
    Route(
        method="POST", path=f"{_GIT}/trees", answer=_create_tree, kind="tree", scope="contents", target="{base_tree}"
    ),
    Route(method="GET", path=f"{_GIT}/blobs/{{sha}}", answer=_get_blob),
    Route(method="POST", path=f"{_GIT}/blobs", answer=_create_blob, kind="blob", scope="contents", target="{sha}"),
)
