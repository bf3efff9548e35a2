"""Read problem matcher files. In: a path or an object as JSON gives it. Out: checked matchers, or what is wrong.

The checks and the words for what fails them are the runner's. Only files in the folders that the step may use are
read. Knows nothing of matching.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from sluice.engine.output.reading import UnreadableError, read_regular_file
from sluice.runners.protocol import Workspace, on_machine, temporary_folder

if TYPE_CHECKING:
    import regex

_SIZE_LIMIT = 4 * 1024 * 1024
_GROUPS = ("file", "line", "column", "severity", "code", "message", "fromPath")
_ESCAPE = re.compile(r"\\(c[A-Za-z]|.)", re.DOTALL)
_SEVERITIES = ("", "error", "warning", "notice")


class MatcherFileError(Exception):
    """A problem matcher file can't be used; the message is for the user."""


class MatcherPattern(Struct, frozen=True, kw_only=True):
    """One line's pattern. ``groups`` maps a field (``file``, ``message``, ``fromPath`` ...) to the number of its group.

    ``expression`` matches one line, ``anywhere`` the same anywhere in many lines.
    """

    groups: Mapping[str, int]
    loop: bool
    expression: regex.Pattern[str]
    anywhere: regex.Pattern[str]


class MatcherConfiguration(Struct, frozen=True, kw_only=True):
    """A checked matcher; ``severity`` is its default, ``''`` for none."""

    owner: str
    severity: str
    patterns: tuple[MatcherPattern, ...]


class MatcherFiles:
    """Where matcher files may lie: ``workspace`` (relative paths start there) and ``others``, such as the folders of
    actions and of temporary files. ``to_host`` translates a path as the step sees it.
    """

    def __init__(self, workspace: Path, *, others: Iterable[Path] = (), to_host: Callable[[str], str] = str) -> None:
        self._workspace = workspace
        self._roots = tuple(os.path.realpath(folder) for folder in (workspace, *others))
        self._to_host = to_host

    def load(self, file: str) -> tuple[MatcherConfiguration, ...]:
        """The matchers of a file; none is no error. Raises ``MatcherFileError``."""
        path = os.path.realpath(self._workspace / self._to_host(file).replace("\0", ""))
        if not any(path == root or path.startswith(root + os.sep) for root in self._roots):
            raise MatcherFileError(f"The problem matcher file '{file}' is outside of the workspace.")
        try:
            document = json.loads(read_regular_file(path, limit=_SIZE_LIMIT).decode("utf-8-sig"))
        except UnreadableError as error:
            raise MatcherFileError(str(error)) from error
        except (ValueError, RecursionError) as error:
            raise MatcherFileError(f"The problem matcher file '{file}' is not JSON: {error}.") from error
        return read_matchers(document)


def files_of_matchers(workspace: Workspace) -> MatcherFiles:
    """Those that a job's steps may name: in its workspace and the other folders that it writes to."""
    paths = workspace.paths
    others = (paths.temp, paths.actions, paths.home, paths.tools, temporary_folder(workspace))
    return MatcherFiles(
        paths.workspace, others=others, to_host=lambda path: on_machine(workspace, workspace.to_host(path))
    )


def read_matchers(document: object) -> tuple[MatcherConfiguration, ...]:
    """The checked matchers of ``{"problemMatcher": [...]}``; raises ``MatcherFileError``."""
    if not isinstance(document, dict):
        raise MatcherFileError("A problem matcher file must be an object with the key 'problemMatcher'")
    matchers = document.get("problemMatcher") or []
    if not isinstance(matchers, list):
        raise MatcherFileError("'problemMatcher' must be a list")
    found: dict[str, MatcherConfiguration] = {}
    for matcher in map(_read_matcher, matchers):
        if matcher.owner.lower() in found:
            raise MatcherFileError(f"Duplicate owner name '{matcher.owner}'")
        found[matcher.owner.lower()] = matcher
    return tuple(found.values())


def _read_matcher(document: object) -> MatcherConfiguration:
    if not isinstance(document, dict):
        raise MatcherFileError("A problem matcher must be an object")
    owner, severity = _text(document, "owner"), _text(document, "severity")
    patterns = document.get("pattern") or []
    if not owner:
        raise MatcherFileError("Owner must not be empty")
    if severity.lower() not in _SEVERITIES:
        raise MatcherFileError(f"Matcher '{owner}' contains unexpected default severity '{severity}'")
    if not isinstance(patterns, list) or not patterns:
        raise MatcherFileError(f"Matcher '{owner}' does not contain any patterns")
    return MatcherConfiguration(owner=owner, severity=severity, patterns=_read_patterns(patterns))


def _read_patterns(documents: list[object]) -> tuple[MatcherPattern, ...]:
    patterns: list[MatcherPattern] = []
    taken: set[str] = set()
    for document in documents:
        pattern = _read_pattern(document)
        if pattern.loop and (not patterns or len(patterns) < len(documents) - 1):
            raise MatcherFileError("Only the last pattern in a multiline matcher may set 'loop'")
        if pattern.loop and "message" not in pattern.groups:
            raise MatcherFileError("The loop pattern must set 'message'")
        for name in sorted(taken.intersection(pattern.groups)):
            raise MatcherFileError(f"The property '{name}' is set twice")
        taken.update(pattern.groups)
        patterns.append(pattern)
    if "message" not in taken:
        raise MatcherFileError("At least one pattern must set 'message'")
    return tuple(patterns)


def _read_pattern(document: object) -> MatcherPattern:
    if not isinstance(document, dict):
        raise MatcherFileError("A pattern must be an object")
    source, loop = _text(document, "regexp"), document.get("loop") or False
    if not isinstance(loop, bool):
        raise MatcherFileError("'loop' must be true or false")
    expression = _compile(source)
    groups = {name: document[name] for name in _GROUPS if document.get(name) is not None}
    for name, number in groups.items():
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= expression.groups:
            raise MatcherFileError(
                f"The property '{name}' is set to {number} which is out of range: the expression has "
                f"{expression.groups} groups"
            )
    return MatcherPattern(groups=groups, loop=loop, expression=expression, anywhere=_compile(source, many_lines=True))


def _compile(source: str, *, many_lines: bool = False) -> regex.Pattern[str]:
    """A JavaScript-style expression. Character classes are ASCII's, as in the runner's ECMAScript mode."""
    import regex

    flags = regex.VERSION0 | regex.ASCII | (regex.MULTILINE if many_lines else 0)
    try:
        return regex.compile(_ESCAPE.sub(_python_escape, source), flags)
    except (regex.error, RecursionError, ValueError, OverflowError) as error:
        raise MatcherFileError(f"The expression '{source}' can't be used: {error}") from error


def _python_escape(escape: re.Match[str]) -> str:
    """Escapes that Python has no word for: the escape character and control characters."""
    name = escape[1]
    if name == "e":
        return "\\x1b"
    return f"\\x{ord(name[1].upper()) ^ 0x40:02x}" if len(name) == 2 else escape[0]


def _text(document: Mapping[str, object], key: str) -> str:
    value = document.get(key)
    if value is not None and not isinstance(value, str):
        raise MatcherFileError(f"'{key}' must be a text")
    return value or ""
