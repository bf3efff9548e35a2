"""The stand-in's copy of a repository: a bare one that borrows the snapshot's objects.

It is made when a job first pushes or writes an object; until then the snapshot is what is read.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from sluice.github_api.calls import RefusedError, not_found
from sluice.rehearsal.github.state import Repository, packed_refs
from sluice.repository.git import git, git_bytes, git_fed

_CONFIG = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n[http]\n\treceivepack = true\n"
_OBJECT = re.compile(r"[0-9a-f]{4,64}")


def copy_of(repository: Repository) -> Path:
    """The copy; only the run's own repository begins with refs."""
    place = _place(repository)
    if place.is_dir():
        return place
    for folder in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
        (place / folder).mkdir(parents=True)
    (place / "HEAD").write_text(f"ref: refs/heads/{repository.scene.default_branch}\n", encoding="utf-8")
    (place / "config").write_text(_CONFIG, encoding="utf-8")
    snapshot = repository.scene.snapshot
    if snapshot is not None:
        (place / "objects/info/alternates").write_text(f"{snapshot / 'objects'}\n", encoding="utf-8")
        for file in ("packed-refs", "shallow"):
            if repository.is_own and (snapshot / file).is_file():
                shutil.copy(snapshot / file, place / file)
    _catch_up(repository, place)
    return place


def move_ref(repository: Repository, ref: str, sha: str | None) -> None:
    """Make a ref, move it, or (``None``) remove it; ``git fetch`` sees it where its commit is there."""
    repository.remember(ref, sha)
    place = _place(repository)
    if place.is_dir():
        _write_ref(place, ref, sha)


def read(repository: Repository, *words: str) -> bytes:
    """What git prints of what is there by now. Raises ``RefusedError`` where there is no such thing."""
    place = _place(repository)
    if not place.is_dir():
        place = (repository.scene.snapshot if repository.is_own else None) or place
    found = git_bytes(place, *words) if place.is_dir() else None
    if found is None:
        raise not_found()
    return found


def write(repository: Repository, data: bytes, *words: str, extra: Mapping[str, str] | None = None) -> str:
    """The name of the object that git makes of ``data``. Raises ``RefusedError`` in general words."""
    made = git_fed(copy_of(repository), data, *words, extra=extra)
    if made is None:
        raise RefusedError(422, "Object does not exist, or is not of the kind that is wanted")
    return made


def commit_at(repository: Repository, name: str) -> str:
    """The commit that a branch, a tag, ``HEAD`` or a commit's name (short, too) stands for. Raises ``RefusedError``."""
    known = _known(repository, name)
    if known is None and not _OBJECT.fullmatch(name):
        raise not_found()
    asked = f"{known or name}^{{commit}}"
    return read(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", asked).decode().strip()


def _known(repository: Repository, name: str) -> str | None:
    default = repository.scene.default_branch
    short = default if name == "HEAD" else name.removeprefix("refs/")
    for ref in (f"refs/heads/{short}", f"refs/tags/{short}", f"refs/{short}"):
        if ref in repository.refs:
            return repository.refs[ref]
    return repository.scene.sha if short == default and repository.is_own else None


def _place(repository: Repository) -> Path:
    return repository.folder / "git" / f"{repository.name.replace('/', '~').lower()}.git"


def _catch_up(repository: Repository, place: Path) -> None:
    """Refs that were made, moved or removed before there was a copy."""
    there = packed_refs(place)
    for ref in {**there, **repository.refs}:
        if there.get(ref) != repository.refs.get(ref):
            _write_ref(place, ref, repository.refs.get(ref))


def _write_ref(place: Path, ref: str, sha: str | None) -> None:
    """A ref of a commit that isn't there can't be written, and isn't missed by git."""
    git(place, "update-ref", *(("-d", ref) if sha is None else (ref, sha)))
