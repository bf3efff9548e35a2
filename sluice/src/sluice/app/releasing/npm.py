"""The packages of a workspace of npm, yarn or pnpm. In: its root. Out: folders; what depends on a member wants its new
version.

A member is a folder with a ``package.json`` that ``workspaces`` of the root's names, by a pattern or not, in turn with
those that are left out by ``!`` (docs.npmjs.com: workspaces); pnpm's are named in ``pnpm-workspace.yaml``, and what is
left out there is so wherever it stands (pnpm.io: pnpm-workspace.yaml). All that are published have one version: the
tag's.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sluice.app.releasing.manifests import object_of, texts_of
from sluice.app.releasing.npm_locks import follow, wanting
from sluice.app.releasing.texts import change, read_exact
from sluice.source.errors import UsageError

PACKAGE = "package.json"
PNPM = "pnpm-workspace.yaml"


def read_package(root: Path, folder: Path) -> dict[str, Any]:
    """What a folder's ``package.json`` says. Raises ``UsageError``."""
    file = folder / PACKAGE
    try:
        document = json.loads(read_exact(file))
    except ValueError as error:
        raise UsageError(f"{file} can't be read: {error}") from error
    return object_of(document, file.relative_to(root).as_posix())


def npm_folders(root: Path) -> tuple[Path, ...]:
    """The root and its members' folders; none where there is no ``package.json``. Raises ``UsageError``."""
    if not (root / PACKAGE).is_file():
        return ()
    return tuple(dict.fromkeys((root, *_members(root, _patterns(root)))))


def want_new(root: Path, old: Mapping[str, str], new: str) -> None:
    """Have what depends on one of these packages, and on just its ``old`` version, want the ``new`` one, in the same
    way (``^``, ``~``): npm would fetch the old one instead of taking the member. The lock files follow.
    """
    folders = npm_folders(root)
    for folder in folders:
        change(folder / PACKAGE, lambda text: wanting(text, old, new))
    follow(root, folders, old, new)


def _patterns(root: Path) -> list[str]:
    if (root / PNPM).is_file():
        return sorted(texts_of(_of_pnpm(root / PNPM), f"`packages` of {PNPM}"), key=lambda one: one.startswith("!"))
    said = read_package(root, root).get("workspaces", [])
    return texts_of(said.get("packages", []) if isinstance(said, dict) else said, f"`workspaces` of {PACKAGE}")


def _of_pnpm(file: Path) -> object:
    import yaml

    try:
        document = yaml.safe_load(read_exact(file))
    except yaml.YAMLError as error:
        raise UsageError(f"{file} can't be read: {error}") from error
    return object_of(document or {}, PNPM).get("packages", [])


def _members(root: Path, patterns: Iterable[str]) -> Iterable[Path]:
    found: dict[Path, None] = {}
    for pattern in patterns:
        if pattern.startswith("!"):
            for folder in _matching(root, pattern[1:]):
                found.pop(folder, None)
        else:
            found.update(dict.fromkeys(_matching(root, pattern)))
    return found


def _matching(root: Path, pattern: str) -> Iterator[Path]:
    pattern = os.path.normpath(pattern)
    usable = pattern != "." and not Path(pattern).is_absolute()
    found = (Path(os.path.normpath(one)) for one in (sorted(root.glob(pattern)) if usable else ()))
    return (one for one in found if _is_member(root, one))


def _is_member(root: Path, folder: Path) -> bool:
    inside = folder.is_relative_to(root) and (folder / PACKAGE).is_file()
    return inside and "node_modules" not in folder.relative_to(root).parts
