"""Commits as the repository has them here: one, those of a branch, and what is between two."""

from __future__ import annotations

import re

from msgspec.structs import replace

from sluice.github_api.calls import Call, Facts, RefusedError, Reply
from sluice.github_api.paging import page_of
from sluice.github_api.shapes import WEB, node_id, user
from sluice.rehearsal.github.copy import commit_at, read
from sluice.rehearsal.github.resources.differences import as_text, differences, merge_base, parent_of
from sluice.rehearsal.github.route import Route
from sluice.rehearsal.github.state import Repository
from sluice.source.times import stamp

_FORMAT = "%x1f".join(("%H", "%T", "%P", "%an", "%ae", "%at", "%cn", "%ce", "%ct", "%B"))
_NO_REPLY = re.compile(r"(?:\d+\+)?([^@+]+)@users\.noreply\.github\.com")
_MOST_FILES = 300
"""Of a comparison and of a commit's first page (docs.github.com/rest/commits)."""
_SIGNED = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}


def commits_in(repository: Repository, call: Call, *words: str) -> list[Facts]:
    """Each ``commit`` that ``git log`` finds. Raises ``RefusedError``."""
    listed = read(repository, "--literal-pathspecs", "log", "-z", f"--format={_FORMAT}", *words).decode(
        "utf-8", "replace"
    )
    return [_commit(repository, call, line) for line in listed.split("\0") if line]


def git_commit(repository: Repository, call: Call, sha: str) -> Facts:
    """A ``git-commit``. Raises ``RefusedError``."""
    facts = commits_in(repository, call, "--max-count=1", sha)[0]
    named = {name: facts["commit"][name] for name in ("author", "committer", "message", "tree", "verification")}
    return {**named, **{name: facts[name] for name in ("sha", "node_id", "html_url")}, **_in_git(repository, call, sha)}


def _in_git(repository: Repository, call: Call, sha: str) -> Facts:
    parents = read(repository, "show", "--no-patch", "--format=%P", sha).decode().split()
    at, web = call.at(repository.name, "/git/commits/"), f"{WEB}/{repository.name}/commit/"
    return {
        "url": at + sha,
        "parents": [{"sha": parent, "url": at + parent, "html_url": web + parent} for parent in parents],
    }


def _commit(repository: Repository, call: Call, line: str) -> Facts:
    sha, tree, parents, *people, message = line.split("\x1f", 9)
    at, web = call.at(repository.name, "/commits/"), f"{WEB}/{repository.name}/commit/"
    written = call.at(repository.name, "/git")
    author, committer = (person(*people[start : start + 3]) for start in (0, 3))
    return {
        "sha": sha,
        "node_id": node_id("Commit", sha),
        "url": at + sha,
        "html_url": web + sha,
        "comments_url": f"{at}{sha}/comments",
        "commit": {
            "url": f"{written}/commits/{sha}",
            "author": author,
            "committer": committer,
            "message": message.rstrip("\n"),
            "comment_count": 0,
            "tree": {"sha": tree, "url": f"{written}/trees/{tree}"},
            "verification": _SIGNED,
        },
        "author": _login(call, author),
        "committer": _login(call, committer),
        "parents": [{"sha": one, "url": at + one, "html_url": web + one} for one in parents.split()],
    }


def person(name: str, email: str, time: str) -> Facts:
    """Who wrote something, and when: ``time`` are seconds since the epoch."""
    return {"name": name, "email": email, "date": stamp(int(time))}


def _login(call: Call, person: Facts) -> Facts | None:
    """Whose address it is, where GitHub made it; of others only GitHub knows."""
    found = _NO_REPLY.fullmatch(person["email"])
    return user(call, found[1]) if found else None


def _list(repository: Repository, call: Call) -> Reply:
    """From a branch, by path, people, time."""
    query = call.query
    asked = [f"--{name}={query[name]}" for name in ("author", "committer", "since", "until") if query.get(name)]
    start = commit_at(repository, query.get("sha") or "HEAD")
    path = ("--", query["path"]) if query.get("path") else ("--",)
    return Reply(body=commits_in(repository, call, "--fixed-strings", *asked, start, *path))


def _get(repository: Repository, call: Call) -> Reply:
    name = call.names["ref"]
    try:
        sha = commit_at(repository, name)
    except RefusedError:
        doubt = f"was answered 422: no commit here is '{name}'"
        return replace(RefusedError(422, f"No commit found for SHA: {name}").reply, doubt=doubt)
    if call.headers.get("accept", "").endswith(".sha"):
        return Reply(body=sha.encode(), headers={"Content-Type": "application/vnd.github.sha; charset=utf-8"})
    before = parent_of(repository, sha)
    changed = differences(repository, call, before, sha)
    added, removed = (sum(one[name] for one in changed) for name in ("additions", "deletions"))
    page = page_of(call, Reply(body=changed))
    stats = {"additions": added, "deletions": removed, "total": added + removed}
    body = {**commits_in(repository, call, "--max-count=1", sha)[0], "stats": stats, "files": page.body}
    return as_text(repository, call, before, sha) or Reply(body=body, headers=page.headers)


def _compare(repository: Repository, call: Call) -> Reply:
    """A ``commit-comparison``; the files are those since the branches parted."""
    written = call.names["basehead"]
    names = written.split("...", 1)
    if len(names) != 2:
        raise RefusedError(404, "Not Found")
    base, head = (commit_at(repository, name.rpartition(":")[2]) for name in names)
    parted = merge_base(repository, base, head)
    ahead = commits_in(repository, call, "--reverse", f"{base}..{head}")
    behind = int(read(repository, "rev-list", "--count", f"{head}..{base}"))
    web = f"{WEB}/{repository.name}/compare/"
    page = page_of(call, Reply(body=ahead))
    body = {
        "url": call.at(repository.name, f"/compare/{written}"),
        "html_url": web + written,
        "permalink_url": f"{web}{base}...{head}",
        "diff_url": f"{web}{written}.diff",
        "patch_url": f"{web}{written}.patch",
        "base_commit": commits_in(repository, call, "--max-count=1", base)[0],
        "merge_base_commit": commits_in(repository, call, "--max-count=1", parted)[0],
        "status": _status(len(ahead), behind),
        "ahead_by": len(ahead),
        "behind_by": behind,
        "total_commits": len(ahead),
        "commits": page.body,
        "files": differences(repository, call, parted, head)[:_MOST_FILES],
    }
    return as_text(repository, call, parted, head) or Reply(body=body, headers=page.headers)


def _status(ahead: int, behind: int) -> str:
    if ahead and behind:
        return "diverged"
    return "ahead" if ahead else "behind" if behind else "identical"


_COMMITS = "/repos/{owner}/{repo}/commits"
ROUTES = (
    Route(method="GET", path=_COMMITS, answer=_list),
    Route(method="GET", path=f"{_COMMITS}/{{ref...}}", answer=_get),
    Route(method="GET", path="/repos/{owner}/{repo}/compare/{basehead...}", answer=_compare),
)
