"""Files by pattern, as ``@actions/glob`` finds them, and ``hashFiles``.

A pattern is relative to the workspace; ``!`` takes matches back, later ones win; ``**`` crosses folders; a folder means
everything in it. Nothing outside the workspace is hashed.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path


def find_paths(patterns: Iterable[str], workspace: Path, *, home: Path, hidden: bool = True) -> list[Path]:
    """The files that the patterns name, in the order of a walk; links are followed, hidden files as asked."""
    rules = [_rule(pattern, workspace, home) for pattern in patterns]
    found: dict[Path, None] = {}
    for negated, base, _ in rules:
        if not negated:
            found |= dict.fromkeys(_walk(base, hidden=hidden))
    return [path for path in found if _chosen(str(path), rules)]


def hash_files(patterns: Iterable[str], workspace: Path) -> str:
    """SHA-256 over the digests of the files found, '' when there are none (actions/runner, hashFiles)."""
    whole, any_found = hashlib.sha256(), False
    for path in find_paths(_split(patterns), workspace, home=Path.home()):
        if path.is_relative_to(workspace):
            any_found = True
            with path.open("rb") as file:
                whole.update(hashlib.file_digest(file, "sha256").digest())
    return whole.hexdigest() if any_found else ""


def _split(patterns: Iterable[str]) -> list[str]:
    return [line.strip() for pattern in patterns for line in pattern.splitlines() if line.strip()]


Rule = tuple[bool, Path, re.Pattern[str]]


def _rule(pattern: str, workspace: Path, home: Path) -> Rule:
    negated = pattern.startswith("!")
    text = pattern.lstrip("!").strip()
    if text == "~" or text.startswith("~/"):
        text = str(home) + text[1:]
    whole = os.path.normpath(workspace / text)
    return negated, _base(whole), _compile(whole)


def _base(pattern: str) -> Path:
    """The longest part without a wildcard."""
    parts = Path(pattern).parts
    plain = next((index for index, part in enumerate(parts) if re.search(r"[*?\[]", part)), len(parts))
    return Path(*parts[:plain])


@lru_cache(maxsize=256)
def _compile(pattern: str) -> re.Pattern[str]:
    """A folder's pattern also matches whatever is below it."""
    text, position = "", 0
    while position < len(pattern):
        piece, position = _translate(pattern, position)
        text += piece
    return re.compile(f"{text}(/.*)?", re.DOTALL)


def _translate(pattern: str, position: int) -> tuple[str, int]:
    if pattern.startswith("**/", position):
        return "(.*/)?", position + 3
    if pattern.startswith("**", position):
        return ".*", position + 2
    char = pattern[position]
    if char == "*":
        return "[^/]*", position + 1
    if char == "?":
        return "[^/]", position + 1
    end = pattern.find("]", position + 2) if char == "[" else -1
    if end > 0:
        body = pattern[position + 1 : end].replace("\\", r"\\")
        return f"[{'^' + body[1:] if body[0] in '!^' else body}]", end + 1
    return re.escape(char), position + 1


def _walk(base: Path, *, hidden: bool) -> Iterator[Path]:
    if base.is_file():
        yield base
        return
    for folder, names, files in os.walk(base, followlinks=True):
        names[:] = sorted(name for name in names if hidden or not name.startswith("."))
        yield from (Path(folder) / name for name in sorted(files) if hidden or not name.startswith("."))


def _chosen(path: str, rules: list[Rule]) -> bool:
    chosen = False
    for negated, _, pattern in rules:
        if pattern.fullmatch(path):
            chosen = not negated
    return chosen
