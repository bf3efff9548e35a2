"""What a pull request changes: its commits, files and counts, and the pull requests that a commit is of."""

from __future__ import annotations

from collections.abc import Iterator

from sluice.github_api.calls import Call, Facts, RefusedError, Reply
from sluice.rehearsal.github.copy import commit_at, read
from sluice.rehearsal.github.resources.commits import commits_in
from sluice.rehearsal.github.resources.differences import as_text, differences, merge_base
from sluice.rehearsal.github.resources.pulls import pull
from sluice.rehearsal.github.route import Route
from sluice.rehearsal.github.state import Repository

_MOST_COMMITS = 250
"""docs.github.com/rest/pulls: list commits on a pull request."""
OTHERS = "was answered of the pull requests and issues that this run knows: GitHub may know others"


def pulls_with(repository: Repository, sha: str) -> Iterator[Facts]:
    """Those that a commit is of: their head's or their merge's, or one between their base and head."""
    for row in repository.table("pulls"):
        named = {row.get("merge_commit_sha"), (row.get("head") or {}).get("sha")}
        if sha in named or sha in _shas(repository, row):
            yield row


def _shas(repository: Repository, row: Facts) -> list[str]:
    try:
        base, head = _sides(repository, row)
        return read(repository, "rev-list", f"{base}..{head}").decode().split()
    except RefusedError:  # it is of commits that aren't here
        return []


def _sides(repository: Repository, row: Facts) -> tuple[str, str]:
    """The commits of the base and of the head. Raises ``RefusedError``."""
    base, head = (_commit(repository, row.get(side) or {}) for side in ("base", "head"))
    return base, head


def _commit(repository: Repository, side: Facts) -> str:
    return commit_at(repository, str(side.get("sha") or side.get("ref") or "HEAD"))


def _row(repository: Repository, call: Call) -> Facts:
    return repository.table("pulls").get(call.number)


def _get(repository: Repository, call: Call) -> Reply:
    row = _row(repository, call)
    wants_text = any(kind in call.headers.get("accept", "") for kind in ("diff", "patch"))
    if not wants_text:
        return Reply(body={**pull(repository, call, row), **_counts(repository, call, row)})
    base, head = _sides(repository, row)
    return as_text(repository, call, merge_base(repository, base, head), head) or Reply()


def _counts(repository: Repository, call: Call, row: Facts) -> Facts:
    """How much it changes, where its commits are here; what its event told of that stays."""
    try:
        files, commits = _changed(repository, call, row), len(_shas(repository, row))
    except RefusedError:
        return {}
    sums = {name: sum(one[name] for one in files) for name in ("additions", "deletions")}
    found = {**sums, "changed_files": len(files), "commits": commits}
    return {name: row.get(name, count) for name, count in found.items()}


def _changed(repository: Repository, call: Call, row: Facts) -> list[Facts]:
    base, head = _sides(repository, row)
    return differences(repository, call, merge_base(repository, base, head), head)


def _files(repository: Repository, call: Call) -> Reply:
    """Each ``diff-entry`` from where the branches parted."""
    return Reply(body=_changed(repository, call, _row(repository, call)))


def _commits(repository: Repository, call: Call) -> Reply:
    """Each ``commit``, the oldest first."""
    base, head = _sides(repository, _row(repository, call))
    return Reply(body=commits_in(repository, call, "--reverse", f"{base}..{head}")[:_MOST_COMMITS])


def _pulls_of(repository: Repository, call: Call) -> Reply:
    found = list(pulls_with(repository, commit_at(repository, call.names["sha"])))
    return Reply(body=[pull(repository, call, row) for row in found], doubt="" if found else OTHERS)


_PULL = "/repos/{owner}/{repo}/pulls/{number}"
ROUTES = (
    Route(method="GET", path=_PULL, answer=_get),
    Route(method="GET", path=f"{_PULL}/files", answer=_files),
    Route(method="GET", path=f"{_PULL}/commits", answer=_commits),
    Route(method="GET", path="/repos/{owner}/{repo}/commits/{sha}/pulls", answer=_pulls_of),
)
