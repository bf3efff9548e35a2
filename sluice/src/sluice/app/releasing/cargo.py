"""The crates of a Cargo workspace. In: its root. Out: the names of those that have the workspace's version; what
depends on them.

A member is one that ``members`` names, or that another one depends on by its path within the root
(doc.rust-lang.org/cargo: workspaces).
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from sluice.app.releasing.texts import read_exact, write_exact
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
    packages = (document.get("package", {}) for _, document in _members(root))
    return tuple(sorted({one["name"] for one in packages if is_inherited(one.get("version")) and "name" in one}))


def require(root: Path, names: Collection[str], old: str, new: str) -> None:
    """Have what depends on one of these crates by its path, and on just their old version, want the new one: cargo
    refuses another, and any pre-release that isn't named.
    """
    for folder, document in _members(root):
        text = before = read_exact(folder / MANIFEST)
        for key, wanted in _by_path(document):
            if wanted.get("package", key) in names:
                text = _wanting(text, key, old, new)
        if text != before:
            write_exact(folder / MANIFEST, text)


def _wanting(text: str, key: str, old: str, new: str) -> str:
    """Both as an inline table and as one of its own."""
    name, version = (
        rf"[\"']?{re.escape(key)}[\"']?[ \t]*",
        rf"version[ \t]*=[ \t]*[\"'][=^~]?[ \t]*){re.escape(old)}(?=[\"'])",
    )
    inline = rf"(^[ \t]*{name}=[ \t]*\{{[^}}\n]*?\b{version}"
    table = rf"(^[ \t]*\[[^\]\n]*dependencies\.{name}\](?:(?!^[ \t]*\[).)*?^[ \t]*{version}"
    text = re.sub(inline, rf"\g<1>{new}", text, flags=re.MULTILINE)
    return re.sub(table, rf"\g<1>{new}", text, flags=re.MULTILINE | re.DOTALL)


def is_inherited(value: object) -> bool:
    """Whether a version is the workspace's."""
    return isinstance(value, dict) and value.get("workspace") is True


def _members(root: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The folder and the manifest of each, the root's own among them."""
    workspace = read_manifest(root / MANIFEST).get("workspace", {})
    left_out = [root / folder for folder in workspace.get("exclude", [])]
    named = (folder for pattern in workspace.get("members", []) for folder in _found(root, pattern))
    waiting, seen = [root, *named], set[Path]()
    while waiting:
        folder = Path(os.path.normpath(waiting.pop(0)))
        outside = not folder.is_relative_to(root) or any(folder.is_relative_to(one) for one in left_out)
        if folder in seen or outside or not (folder / MANIFEST).is_file():
            continue
        seen.add(folder)
        found = read_manifest(folder / MANIFEST)
        waiting += [folder / wanted["path"] for _, wanted in _by_path(found)]
        yield folder, found


def _found(root: Path, pattern: str) -> list[Path]:
    """What has the pattern; one that names the root itself is none for ``pathlib``."""
    return [root] if os.path.normpath(pattern) == "." else sorted(root.glob(pattern))


def _by_path(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The dependencies that have a path, by their keys."""
    for part in (document, document.get("workspace", {}), *document.get("target", {}).values()):
        for kind in _DEPENDENCIES:
            for key, wanted in part.get(kind, {}).items():
                if isinstance(wanted, dict) and isinstance(wanted.get("path"), str):
                    yield key, wanted
