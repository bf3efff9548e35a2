"""Other repositories of actions and workflows: a mapped folder, the cache, or git. In: ``owner/name`` and a ref."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from sluice.actions.fetching import ActionCache, FetchedRepository
from sluice.repository.taking import name_repository
from sluice.source.errors import UnavailableError
from sluice.workflow.model import ActionStep, Located, Step

OWN = "$/"
"""How a file names an action of the repository that it is in itself, at its own commit."""
OF_THE_REPOSITORY = ("./", OWN)
"""How an action of the workflow's repository begins: as the job has it checked out, and as it is under test."""


class Remote(Struct, frozen=True, kw_only=True):
    """``owner/name/path@ref``; ``path`` is ``''`` at the repository's top."""

    repository: str
    path: str
    ref: str


class Repositories:
    """Where the files of ``owner/name`` are had; what is mapped is never fetched. ``clone`` is the user's own: it
    has its repository's files where they can't be had otherwise: if it is private, offline, before a push.
    """

    def __init__(self, cache: ActionCache, mappings: Mapping[str, Path], clone: Path | None = None) -> None:
        self._cache = cache
        self._clone = clone
        self._mappings = {name.lower(): folder for name, folder in mappings.items()}

    def is_mapped(self, repository: str) -> bool:
        """Whether a folder stands for it."""
        return repository.lower() in self._mappings

    def find(self, remote: Remote, kind: str = "action") -> FetchedRepository:
        """Its files at the ref. Raises ``UnavailableError`` with what was tried; ``kind`` says what is missed."""
        mapped = self._mappings.get(remote.repository.lower())
        if mapped is not None:
            return FetchedRepository(folder=mapped, commit=None, source="mapped")
        try:
            return self._cache.fetch(remote.repository, remote.ref, kind)
        except UnavailableError as error:
            if self._clone is None or name_repository(self._clone).lower() != remote.repository.lower():
                raise
            if found := self._cache.from_clone(self._clone, remote.repository, remote.ref):
                return found
            tried = f"this clone of it, which has no branch, tag or commit '{remote.ref}'"
            raise UnavailableError(error.message, tried=[*error.tried, tried], hint=error.hint) from error


def parse_remote(uses: str) -> Remote:
    """Take ``owner/name/path@ref`` apart. Raises ``UnavailableError`` for anything else."""
    place, at, ref = uses.partition("@")
    parts = place.split("/")
    if not at or not ref or len(parts) < 2 or not all(parts) or ".." in parts:
        raise UnavailableError(
            f"'{uses}' names no action", hint="expected owner/name@ref, owner/name/path@ref, ./path or docker://image"
        )
    return Remote(repository="/".join(parts[:2]), path="/".join(parts[2:]), ref=ref)


def with_own_actions(steps: Iterable[Step], remote: Remote) -> tuple[Step, ...]:
    """The steps of a file of another repository, with its own actions (``$/path``) named from outside."""
    return tuple(_named_from_outside(step, remote) for step in steps)


def _named_from_outside(step: Step, remote: Remote) -> Step:
    if not isinstance(step, ActionStep) or not step.uses.value.startswith(OWN):
        return step
    place = "/".join(part for part in (remote.repository, step.uses.value.removeprefix(OWN)) if part)
    return replace(step, uses=Located(f"{place}@{remote.ref}", step.uses.span))


def inside(folder: Path, path: str, uses: str) -> Path:
    """A path of a repository. Raises ``UnavailableError`` when it leads out of it."""
    found = (folder / path).resolve()
    if not found.is_relative_to(folder.resolve()):
        raise UnavailableError(f"'{uses}' leaves its repository")
    return found
