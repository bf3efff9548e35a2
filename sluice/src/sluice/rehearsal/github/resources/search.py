"""Searches of issues and pull requests, as far as this run knows some (docs.github.com: searching issues)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from msgspec import Struct

from sluice.github_api.calls import Call, Facts, RefusedError, Reply
from sluice.github_api.paging import listed
from sluice.github_api.shapes import BOT
from sluice.rehearsal.github.copy import commit_at
from sluice.rehearsal.github.resources.issues import issue
from sluice.rehearsal.github.resources.pull_changes import OTHERS, pulls_with
from sluice.rehearsal.github.route import Route
from sluice.rehearsal.github.state import Repository

_TERM = re.compile(r'(?P<no>-?)(?:(?P<name>[a-z-]+):)?(?P<value>"[^"]*"|[^\s"]+)')
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_WITHOUT_MEANING = frozenset({"in", "sort"})
"""They say where to look, and in which order; all that is known here is looked through."""


class _Term(Struct, frozen=True, kw_only=True):
    """A word, or a qualifier with its value; ``wanted`` is whether it has to hold, or must not."""

    name: str
    value: str
    wanted: bool


class _Subject(Struct, frozen=True, kw_only=True):
    """An issue as it is searched; ``pull`` holds a pull request's own facts."""

    repository: Repository
    row: Facts
    pull: Facts | None

    def ref(self, side: str) -> str:
        """The branch on a side of a pull request."""
        return str(((self.pull or {}).get(side) or {}).get("ref") or "")

    def login(self) -> str:
        """Who wrote it."""
        return str((self.row.get("user") or {}).get("login") or BOT)


def _is(found: _Subject, value: str) -> bool:
    kinds = {"pr": found.pull, "pull-request": found.pull, "issue": not found.pull, "public": True}
    closed, merged = found.row["state"] == "closed", bool((found.pull or {}).get("merged_at"))
    states = {"open": not closed, "closed": closed, "merged": merged, "unmerged": not merged and found.pull}
    return bool({**kinds, **states, "draft": (found.pull or {}).get("draft")}.get(value))


def _no(found: _Subject, value: str) -> bool:
    return not {"label": found.row["labels"], "assignee": found.row.get("assignees")}.get(value, found.row.get(value))


def _with_word(found: _Subject, value: str) -> bool:
    text = f"{found.row['title'] or ''}\n{found.row['body'] or ''}".lower()
    return value.lower() in text or bool(_COMMIT.fullmatch(value) and found.pull and _has(found, value))


def _has(found: _Subject, sha: str) -> bool:
    try:
        full = commit_at(found.repository, sha)
    except RefusedError:
        full = sha
    return any(row["number"] == found.row["id"] for row in pulls_with(found.repository, full))


_QUALIFIERS: Mapping[str, Callable[[_Subject, str], bool]] = {
    "": _with_word,
    "repo": lambda found, value: value.lower() == found.repository.name.lower(),
    "user": lambda found, value: value.lower() == found.repository.owner.lower(),
    "org": lambda found, value: value.lower() == found.repository.owner.lower(),
    "is": _is,
    "type": _is,
    "state": _is,
    "no": _no,
    "draft": lambda found, value: bool((found.pull or {}).get("draft")) == (value == "true"),
    "author": lambda found, value: value.removeprefix("app/").lower() == found.login().removesuffix("[bot]").lower(),
    "assignee": lambda found, value: value in (found.row.get("assignees") or ()),
    "label": lambda found, value: value in found.row["labels"],
    "head": lambda found, value: found.ref("head") == value,
    "base": lambda found, value: found.ref("base") == value,
    "sha": lambda found, value: bool(found.pull) and _has(found, value.lower()),
}


def _search(repository: Repository, call: Call) -> Reply:
    terms = [_term(found) for found in _TERM.finditer(call.query.get("q", ""))]
    if not terms:
        raise RefusedError(422, "Validation Failed", [{"resource": "Search", "field": "q", "code": "missing"}])
    unread = sorted({one.name for one in terms} - set(_QUALIFIERS) - _WITHOUT_MEANING)
    read = [one for one in terms if one.name in _QUALIFIERS]
    rows = [row for row in list(repository.table("issues"))[::-1] if _meets(_subject(repository, row), read)]
    if call.query.get("order") == "asc":
        rows.reverse()
    page = listed(call, "items", [_item(repository, call, row) for row in rows])
    body = {**dict(page.body), "incomplete_results": bool(unread), "search_type": "lexical"}  # type: ignore[call-overload]
    left_out = f", and a rehearsal doesn't read {', '.join(f'{name}:' for name in unread)}" if unread else ""
    doubt = OTHERS + left_out if unread or not rows else ""
    return Reply(body=body, headers=page.headers, doubt=doubt)


def _item(repository: Repository, call: Call, row: Facts) -> Facts:
    """An ``issue-search-result-item``."""
    return {**issue(repository, call, row), "body": row["body"] or "", "score": 1.0}


def _term(found: re.Match[str]) -> _Term:
    value = found["value"].strip('"')
    return _Term(name=found["name"] or "", value=value, wanted=not found["no"])


def _subject(repository: Repository, row: Facts) -> _Subject:
    pull = repository.table("pulls").get(row["id"]) if row.get("pull") else None
    return _Subject(repository=repository, row=row, pull=pull)


def _meets(found: _Subject, terms: list[_Term]) -> bool:
    return all(_QUALIFIERS[one.name](found, one.value) == one.wanted for one in terms)


ROUTES = (Route(method="GET", path="/search/issues", answer=_search),)
