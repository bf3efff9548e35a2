"""Files by pattern, as ``@actions/glob`` finds them, and ``hashFiles``.

A pattern is relative to the workspace; ``#`` starts a comment, ``!`` takes matches back and later ones win; ``**``
crosses folders when it is a whole part of the path; a folder means everything in it. Names come in the order of a walk
that sorts each folder, so that a digest over files is the one that GitHub would compute.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

_WILDCARD = re.compile(r"[*?\[]")
_FOLLOW = "--follow-symbolic-links"


class Rule(Struct, frozen=True, kw_only=True):
    """One pattern: ``base`` is its longest part without a wildcard, ``parts`` match name by name (``None`` is ``**``),
    ``whole`` matches a path and whatever is below it.
    """

    negated: bool
    base: Path
    parts: tuple[re.Pattern[str] | None, ...]
    whole: re.Pattern[str]


def read_rules(patterns: Iterable[str], workspace: Path, *, home: Path) -> tuple[Rule, ...]:
    """The rules of patterns, comments and blank lines aside."""
    lines = (line.strip() for pattern in patterns for line in pattern.splitlines())
    return tuple(_rule(line, workspace, home) for line in lines if line and not line.startswith("#"))


def search_roots(rules: Sequence[Rule]) -> list[Path]:
    """Where the search starts, in order; a folder below another one that is searched anyway is left out."""
    bases = list(dict.fromkeys(rule.base for rule in rules if not rule.negated))
    return [base for base in bases if not any(base != other and base.is_relative_to(other) for other in bases)]


def find_files(
    patterns: Iterable[str], workspace: Path, *, home: Path, hidden: bool = True, follow: bool = True
) -> list[Path]:
    """The files that the patterns name, in the order of the walk.

    Without ``hidden`` no file or folder whose name starts with a dot is taken; with ``follow`` folders that are links
    are entered, each once on the way down, and links that lead nowhere are left out.
    """
    rules = read_rules(patterns, workspace, home=home)
    walk = _Walk(rules, hidden=hidden, follow=follow)
    return [path for root in search_roots(rules) for path in walk.files(root)]


def hash_files(patterns: Sequence[str], workspace: Path) -> str:
    """SHA-256 over the digests of the files found, '' when there are none (actions/runner, hashFiles)."""
    follow = bool(patterns) and patterns[0].strip().lower() == _FOLLOW
    whole, any_found = hashlib.sha256(), False
    for path in find_files(patterns[1:] if follow else patterns, workspace, home=Path.home(), follow=follow):
        if path.is_relative_to(workspace) and path.is_file():
            any_found = True
            with path.open("rb") as file:
                whole.update(hashlib.file_digest(file, "sha256").digest())
    return whole.hexdigest() if any_found else ""


def _rule(line: str, workspace: Path, home: Path) -> Rule:
    text = line.lstrip("!")
    negated = (len(line) - len(text)) % 2 == 1
    text = text.strip()
    if text == "~" or text.startswith("~/"):
        text = str(home) + text[1:]
    whole = os.path.normpath(workspace / text)
    names = Path(whole).parts
    plain = next((index for index, name in enumerate(names) if _WILDCARD.search(name)), len(names))
    return Rule(
        negated=negated,
        base=Path(*names[:plain]),
        parts=tuple(None if name == "**" else re.compile(_expression(name), re.DOTALL) for name in names),
        whole=_whole(names[1:], folder_only=text.endswith("/")),
    )


def _whole(names: Sequence[str], *, folder_only: bool) -> re.Pattern[str]:
    """A pattern that ends in a slash names folders only, so only what is below matches."""
    pieces = [r"(?:/[^/]+)*" if name == "**" else f"/{_expression(name)}" for name in names]
    single = [piece for piece, before in zip(pieces, ["", *pieces], strict=False) if piece != before or piece[0] == "/"]
    return re.compile("".join(single) + ("/.+" if folder_only else "(?:/.*)?"), re.DOTALL)


@lru_cache(maxsize=512)
def _expression(name: str) -> str:
    text, position = "", 0
    while position < len(name):
        piece, position = _translate(name, position)
        text += piece
    return text


def _translate(name: str, position: int) -> tuple[str, int]:
    char = name[position]
    if char == "*":
        end = position + 1
        while name.startswith("*", end):
            end += 1
        return "[^/]*", end
    if char == "?":
        return "[^/]", position + 1
    if char == "\\" and position + 1 < len(name):
        return re.escape(name[position + 1]), position + 2
    end = name.find("]", position + 2) if char == "[" else -1
    if end > 0:
        body = name[position + 1 : end].replace("\\", r"\\").replace("[", r"\[")
        return f"[{'^' + body[1:] if body[0] in '!^' else body}]", end + 1
    return re.escape(char), position + 1


class _Walk:
    """A search below one root after the other."""

    def __init__(self, rules: Sequence[Rule], *, hidden: bool, follow: bool) -> None:
        self._rules = rules
        self._hidden = hidden
        self._follow = follow

    def files(self, root: Path) -> Iterator[Path]:
        """However deep the folders are. The real ones on the way down are kept: one of them again is a cycle."""
        waiting: list[tuple[Path, tuple[str, ...]]] = [(root, ())]
        while waiting:
            path, above = waiting.pop()
            if self._is_passed_over(path):
                continue
            if not path.is_dir() or (path.is_symlink() and not self._follow):
                if os.path.lexists(path) and _chosen(path, self._rules):
                    yield path
                continue
            real = _real(path, above)
            if real not in above and self._leads_on(path):
                way = (*above, real)
                waiting += [(inner, way) for inner in sorted(path.iterdir(), reverse=True)]

    def _is_passed_over(self, path: Path) -> bool:
        return (not self._hidden and path.name.startswith(".")) or (self._follow and not path.exists())

    def _leads_on(self, path: Path) -> bool:
        return any(not rule.negated and _reaches(path.parts, rule.parts) for rule in self._rules)


def _real(path: Path, above: tuple[str, ...]) -> str:
    """Without a look at each folder on the way, where the last name is no link."""
    return f"{above[-1]}/{path.name}" if above and not path.is_symlink() else os.path.realpath(path)


def _chosen(path: Path, rules: Sequence[Rule]) -> bool:
    text, chosen = str(path), False
    for rule in rules:
        if chosen is rule.negated and rule.whole.fullmatch(text):
            chosen = not rule.negated
    return chosen


def _reaches(names: tuple[str, ...], parts: tuple[re.Pattern[str] | None, ...]) -> bool:
    """Whether something below the folder ``names`` could match."""
    for name, part in zip(names, parts, strict=False):
        if part is None:
            return True
        if part.fullmatch(name) is None:
            return False
    return True
