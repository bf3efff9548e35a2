"""The crates of a Cargo workspace. In: its root. Out: the names of those that have the workspace's version.

A member is one that ``members`` names, or that another one depends on by its path within the root
(doc.rust-lang.org/cargo: workspaces).
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sluice.app.releasing.texts import read_exact
from sluice.source.errors import UsageError

MANIFEST = "Cargo.toml"
_DEPENDENCIES = ("dependencies", "dev-dependencies", "build-dependencies")


def read_manifest(file: Path) -> dict[str, Any]:
    """A file in TOML. Raises ``UsageError``."""
    try:
        return tomllib.loads(read_exact(file))
    except ValueError as error:
        raise UsageError(f"{file} can't be read: {error}") from error


def inheriting(root: Path) -> tuple[str, ...]:
    """The names of the members that say ``version.workspace = true``. Raises ``UsageError``."""
    packages = (document.get("package", {}) for document in _members(root))
    return tuple(sorted({one["name"] for one in packages if _is_inherited(one.get("version")) and "name" in one}))


def _is_inherited(value: object) -> bool:
    return isinstance(value, dict) and value.get("workspace") is True


def _members(root: Path) -> Iterator[dict[str, Any]]:
    """The manifest of each, the root's own among them."""
    document = read_manifest(root / MANIFEST)
    workspace = document.get("workspace", {})
    left_out = [root / folder for folder in workspace.get("exclude", [])]
    named = (folder for pattern in workspace.get("members", []) for folder in sorted(root.glob(pattern)))
    waiting, seen = [root, *named, *_led_to(root, {"dependencies": workspace.get("dependencies", {})})], set[Path]()
    while waiting:
        folder = Path(os.path.normpath(waiting.pop(0)))
        outside = not folder.is_relative_to(root) or any(folder.is_relative_to(one) for one in left_out)
        if folder in seen or outside or not (folder / MANIFEST).is_file():
            continue
        seen.add(folder)
        found = read_manifest(folder / MANIFEST)
        waiting += _led_to(folder, found)
        yield found


def _led_to(folder: Path, document: dict[str, Any]) -> Iterator[Path]:
    """The folders of what depends on a path."""
    for part in (document, *document.get("target", {}).values()):
        for kind in _DEPENDENCIES:
            for wanted in part.get(kind, {}).values():
                if isinstance(wanted, dict) and isinstance(wanted.get("path"), str):
                    yield folder / wanted["path"]
