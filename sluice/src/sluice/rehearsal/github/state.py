"""What the stand-in remembers: tables of facts for each repository that it was asked about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from msgspec import Struct, field

from sluice.github_api.calls import Call, Facts, not_found
from sluice.github_api.shapes import NamedRepository

_OF_COMMENTS = ("body", "created_at", "updated_at", "user")


class RunAtHand(Protocol):
    """The run that goes on, as the API tells of it. ``number`` is ``github.run_id``."""

    number: int

    def runs(self, repository: NamedRepository, call: Call) -> list[Facts]:
        """Itself as a ``workflow-run``; none where the query asks for others."""
        ...

    def jobs(self, repository: NamedRepository, call: Call) -> list[Facts]:
        """Each ``job`` so far."""
        ...

    def artifacts(self, repository: NamedRepository, call: Call) -> list[Facts]:
        """Each ``artifact`` so far."""
        ...


class Scene(Struct, frozen=True, kw_only=True):
    """What is known of GitHub before the run has done anything.

    ``snapshot`` is a bare repository with the refs as they are there; ``pulls``, ``issues``, and ``comments`` on the
    first of these, are as in an event's payload; ``workflows`` are names by file; ``run`` is the one that asks.
    """

    repository: str
    sha: str
    ref: str
    default_branch: str
    actor: str
    snapshot: Path | None = None
    pulls: tuple[Mapping[str, Any], ...] = ()
    issues: tuple[Mapping[str, Any], ...] = ()
    comments: tuple[Mapping[str, Any], ...] = ()
    workflows: Mapping[str, str] = field(default_factory=dict)
    run: RunAtHand | None = None


class Table:
    """Facts by their number, in the order they came."""

    def __init__(self, first: int = 1) -> None:
        self._rows: dict[int, Facts] = {}
        self._next = first

    def add(self, facts: Facts, number: int | None = None) -> Facts:
        """Keep a row; it gets the next number as its ``id``, or the one given."""
        taken = self._next if number is None else number
        self._next = max(self._next, taken + 1)
        self._rows[taken] = {"id": taken, **facts}
        return self._rows[taken]

    def get(self, number: int) -> Facts:
        """A row. Raises ``RefusedError``."""
        if number not in self._rows:
            raise not_found()
        return self._rows[number]

    def drop(self, number: int) -> None:
        """Forget a row. Raises ``RefusedError``."""
        self.get(number)
        del self._rows[number]

    def where(self, **wanted: object) -> list[Facts]:
        """The rows with these values, in order."""
        return [row for row in self if all(row.get(name) == value for name, value in wanted.items())]

    def first(self, **wanted: object) -> Facts:
        """The first such row. Raises ``RefusedError``."""
        found = self.where(**wanted)
        if not found:
            raise not_found()
        return found[0]

    def __iter__(self) -> Iterator[Facts]:
        return iter(tuple(self._rows.values()))


class Repository:
    """One repository. ``scene`` is the run's; only its own repository starts with refs and pull requests."""

    def __init__(self, name: str, scene: Scene, folder: Path) -> None:
        self.name = name
        self.owner = name.partition("/")[0]
        self.scene = scene
        self.folder = folder
        self.refs: dict[str, str] = {}
        self.tables: dict[str, Table] = {}
        self.is_own = name.lower() == scene.repository.lower()
        if self.is_own:
            self.refs = {**packed_refs(scene.snapshot), **({scene.ref: scene.sha} if scene.sha else {})}
            self._remember(scene)

    def _remember(self, scene: Scene) -> None:
        for pull in scene.pulls:
            self.table("pulls").add({**pull, **_asked_of(pull)}, int(pull["number"]))
        for one in (*({"pull_request": pull, **pull} for pull in scene.pulls), *scene.issues):
            self.table("issues").add(_as_issue(one), int(one["number"]))
        for said in scene.comments:
            below = int(scene.issues[0]["number"])
            self.table("comments").add({**{name: said.get(name) for name in _OF_COMMENTS}, "issue": below}, said["id"])

    @property
    def named(self) -> NamedRepository:
        """Name and default branch, as the API's resources tell them."""
        return NamedRepository(name=self.name, default_branch=self.scene.default_branch)

    def table(self, name: str) -> Table:
        """The rows of a kind."""
        return self.tables.setdefault(name, Table())

    def remember(self, ref: str, sha: str | None) -> None:
        """A ref stands there from now on; ``None``: it is gone."""
        if sha is None:
            self.refs.pop(ref, None)
        else:
            self.refs[ref] = sha

    def commit_of(self, name: str) -> str:
        """The commit that a branch, a tag or a commit's own name stands for; the run's for what isn't known."""
        found = (self.refs.get(f"refs/{kind}/{name}") for kind in ("heads", "tags"))
        known = next((sha for sha in found if sha), None) or self.refs.get(name)
        return known or (name if len(name) == len(self.scene.sha) else self.scene.sha)


def packed_refs(snapshot: Path | None) -> dict[str, str]:
    """The refs of a bare repository as a snapshot writes them."""
    try:
        lines = (snapshot / "packed-refs").read_text(encoding="utf-8").splitlines() if snapshot else []
    except OSError:
        return {}
    pairs = [line.split(" ", 1) for line in lines if line[:1] not in {"#", "^", ""}]
    return {ref: sha for sha, ref in pairs}


def _as_issue(told: Mapping[str, Any]) -> Facts:
    kept = {name: told.get(name) for name in ("title", "body", "state", "user", "created_at")}
    labels = [label["name"] for label in told.get("labels") or ()]
    return {**kept, "labels": labels, "pull": told.get("pull_request") is not None, "number": told["number"]}


def _asked_of(pull: Mapping[str, Any]) -> Facts:
    """Whose review an event says is wanted."""
    reviewers = [str(one.get("login")) for one in pull.get("requested_reviewers") or ()]
    return {"reviewers": reviewers, "teams": [str(one.get("slug")) for one in pull.get("requested_teams") or ()]}
