"""The packages of npm's workspaces. In: their root. Out: folders; what depends on a member wants its new version.

A member is a folder with a ``package.json`` that ``workspaces`` of the root's names, by a pattern or not
(docs.npmjs.com: workspaces). All members that are published have one version: the tag's.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from sluice.app.releasing.manifests import object_of, texts_of
from sluice.app.releasing.texts import read_exact, write_exact
from sluice.source.errors import UsageError

PACKAGE = "package.json"
LOCK = "package-lock.json"
_PACKAGES = re.compile(r'"packages"\s*:\s*\{')
_KEY = re.compile(r'[\s,]*("(?:[^"\\]|\\.)*")\s*:\s*')


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
    return tuple(dict.fromkeys((root, *_members(root, read_package(root, root).get("workspaces", [])))))


def want_new(root: Path, old: Mapping[str, str], new: str) -> None:
    """Have what depends on one of these packages, and on just its ``old`` version, want the ``new`` one, in the same
    way (``^``, ``~``): npm would fetch the old one instead of taking the member. The lock file follows.
    """
    folders = npm_folders(root)
    for folder in folders:
        _rewrite(folder / PACKAGE, [(0, None)], old, new)
    lock = root / LOCK
    if lock.is_file():
        names = ("" if one == root else one.relative_to(root).as_posix() for one in folders)
        _rewrite(lock, _entries(read_exact(lock), names), old, new)


def _members(root: Path, said: object) -> Iterator[Path]:
    patterns = texts_of(said.get("packages", []) if isinstance(said, dict) else said, f"`workspaces` of {PACKAGE}")
    left_out = [os.path.normpath(one[1:]) for one in patterns if one.startswith("!")]
    for pattern in (os.path.normpath(one) for one in patterns if not one.startswith("!")):
        usable = pattern != "." and not Path(pattern).is_absolute()
        found = (Path(os.path.normpath(one)) for one in (sorted(root.glob(pattern)) if usable else ()))
        yield from (one for one in found if _is_member(root, one, left_out))


def _is_member(root: Path, folder: Path, left_out: Iterable[str]) -> bool:
    if not folder.is_relative_to(root) or not (folder / PACKAGE).is_file():
        return False
    path = folder.relative_to(root)
    return "node_modules" not in path.parts and not any(fnmatch(path.as_posix(), one) for one in left_out)


def _entries(text: str, names: Iterable[str]) -> Iterator[tuple[int, int | None]]:
    """Where a lock file's ``packages`` tell of these folders: the beginning and the end of each."""
    wanted, decoder = set(names), json.JSONDecoder()
    begun = _PACKAGES.search(text)
    at = begun.end() if begun else len(text)
    with suppress(ValueError):
        while key := _KEY.match(text, at):
            at = decoder.raw_decode(text, key.end())[1]
            if json.loads(key[1]) in wanted:
                yield key.end(), at


def _rewrite(file: Path, spans: Iterable[tuple[int, int | None]], old: Mapping[str, str], new: str) -> None:
    """From the last span to the first, so that none moves before its turn."""
    text = before = read_exact(file)
    for start, end in sorted(spans, key=lambda span: span[0], reverse=True):
        rest = "" if end is None else text[end:]
        text = f"{text[:start]}{_wanting(text[start:end], old, new)}{rest}"
    if text != before:
        write_exact(file, text)


def _wanting(text: str, old: Mapping[str, str], new: str) -> str:
    for name, version in old.items():
        wanted = rf'("{re.escape(name)}"\s*:\s*"(?:workspace:)?[\^~=]?){re.escape(version)}(?=")'
        text = re.sub(wanted, rf"\g<1>{new}", text)
    return text
