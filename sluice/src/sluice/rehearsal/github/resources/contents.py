"""Files as the repository has them: contents at a ref, and who may do what."""

from __future__ import annotations

import base64
from urllib.parse import quote

from sluice.github_api.calls import Call, Facts, Reply, not_found
from sluice.github_api.shapes import WEB, user
from sluice.rehearsal.github.copy import commit_at, read
from sluice.rehearsal.github.resources.differences import fields
from sluice.rehearsal.github.route import Route
from sluice.rehearsal.github.state import Repository

_KINDS = {"100": "file", "120": "symlink", "160": "submodule", "040": "dir"}
"""By the first three digits of a mode of git's."""


def _contents(repository: Repository, call: Call) -> Reply:
    """A file, or the list of a folder's entries."""
    path, commit = call.names.get("path", ""), commit_at(repository, call.query.get("ref") or "HEAD")
    if not path:
        return Reply(body=entries(repository, call, commit, "."))
    found = entries(repository, call, commit, path)
    if not found:
        raise not_found()
    if found[0]["type"] == "dir":
        return Reply(body=entries(repository, call, commit, f"{path}/"))
    return _file(repository, call, commit, found[0])


def _file(repository: Repository, call: Call, commit: str, entry: Facts) -> Reply:
    if entry["type"] == "submodule":
        return Reply(body={**entry, "submodule_git_url": _submodule_address(repository, commit, entry["path"])})
    data = read(repository, "cat-file", "blob", entry["sha"])
    if "raw" in call.headers.get("accept", ""):
        return Reply(body=data, headers={"Content-Type": "application/vnd.github.raw; charset=utf-8"})
    if entry["type"] == "symlink":
        return Reply(body={**entry, "target": data.decode("utf-8", "replace")})
    return Reply(body={**entry, "encoding": "base64", "content": base64.encodebytes(data).decode()})


def _submodule_address(repository: Repository, commit: str, path: str) -> str:
    """As ``.gitmodules`` has it; empty where that is silent."""
    words = ("config", "--null", f"--blob={commit}:.gitmodules", "--get-regexp", r"^submodule\..*\.(path|url)$")
    told = dict(line.partition("\n")[::2] for line in fields(read(repository, *words)))
    named = (key.removesuffix(".path") for key, value in told.items() if key.endswith(".path") and value == path)
    return next((told.get(f"{name}.url", "") for name in named), "")


def entries(repository: Repository, call: Call, commit: str, path: str) -> list[Facts]:
    """What is at a path, or below a folder's with a slash at its end. Raises ``RefusedError``."""
    listed = read(repository, "--literal-pathspecs", "ls-tree", "-z", "--long", commit, "--", path)
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


def _permission(repository: Repository, call: Call) -> Reply:
    """Whoever starts a run here owns what it is of; of others nothing is known."""
    name = call.names["username"]
    may = name.lower() in {repository.scene.actor.lower(), repository.owner.lower()}
    role = {"role_name": "admin" if may else "none"}
    return Reply(body={"permission": role["role_name"], **role, "user": {**user(call, name), **role}})


_REPOSITORY = "/repos/{owner}/{repo}"
ROUTES = (
    Route(method="GET", path=f"{_REPOSITORY}/contents", answer=_contents),
    Route(method="GET", path=f"{_REPOSITORY}/contents/{{path...}}", answer=_contents),
    Route(method="GET", path=f"{_REPOSITORY}/collaborators/{{username}}/permission", answer=_permission),
)
