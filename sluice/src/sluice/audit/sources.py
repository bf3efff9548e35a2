"""Which files an audit looks at: what git tracks and what it doesn't ignore, less what the settings leave out."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path, PurePosixPath

from wcmatch import glob

from sluice.repository.git import git_bytes
from sluice.source.errors import UnavailableError

_FLAGS = glob.GLOBSTAR | glob.BRACE | glob.DOTGLOB
_NEVER = {".git", "node_modules", ".venv", "venv", ".tox", ".nox", "__pycache__"}


def find_sources(root: Path, exclude: Iterable[str] = ()) -> tuple[str, ...]:
    """The files below ``root``, as paths relative to it; where git can't tell, all but caches and environments."""
    found = _of_git(root)
    names = _walk(root) if found is None else found
    kept = left_in(names, tuple(exclude))
    return tuple(sorted(name for name in kept if (root / name).is_file() and not (root / name).is_symlink()))


def left_in(names: Iterable[str], exclude: tuple[str, ...]) -> Iterable[str]:
    """The names that no pattern leaves out."""
    return (name for name in names if not (exclude and glob.globmatch(name, exclude, flags=_FLAGS)))


def _of_git(root: Path) -> list[str] | None:
    listed = None
    with suppress(UnavailableError):
        listed = git_bytes(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return None if listed is None else list(dict.fromkeys(os.fsdecode(name) for name in listed.split(b"\0") if name))


def _walk(root: Path) -> Iterable[str]:
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(set(folders) - _NEVER)
        for name in files:
            yield (Path(folder) / name).relative_to(root).as_posix()


def named(files: Iterable[str], *patterns: str) -> tuple[str, ...]:
    """Those whose last part fits one of the patterns."""
    return tuple(name for name in files if glob.globmatch(PurePosixPath(name).name, patterns, flags=_FLAGS))
