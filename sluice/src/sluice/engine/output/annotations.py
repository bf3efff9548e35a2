"""Where an annotation points. In: a command's properties or a matcher's groups. Out: checked lines and columns, a file
relative to the repository. Asks the file system whether a file is there; never reads one but ``.git/config``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import cast

from msgspec import Struct
from msgspec.structs import replace

from sluice.engine.output.commands import Command
from sluice.engine.output.events import AnnotationFound, Level
from sluice.engine.output.matchers import IssueMatch
from sluice.masking.masker import Masker

_LEVELS = ("error", "warning", "notice")
_NUMBER = re.compile(r"\s*[+-]?[0-9]{1,9}\s*")
_DIGITS = re.compile(r"[0-9]{1,9}")
_REMEMBERED_FOLDERS = 1000


class Places(Struct, frozen=True, kw_only=True):
    """Lines and columns, from 1; ``None`` where none was given or it made no sense."""

    line: int | None = None
    end_line: int | None = None
    column: int | None = None
    end_column: int | None = None


def checked_places(command: Command) -> tuple[Places, list[str]]:
    """The places that a command names, put right by the runner's rules, and what the runner's debug log says of it."""
    line, end_line = _number(command, "line"), _number(command, "endline")
    column, end_column = _number(command, "col"), _number(command, "endcolumn")
    remarks = []

    def remark(text: str) -> None:
        remarks.append(f"Invalid {command.name} command value. {text}")

    if end_line is not None and line is None:
        remark("'endLine' can only be set if 'line' is provided")
        line = end_line
    if end_column is not None and column is None:
        remark("'endColumn' can only be set if 'col' is provided")
        column = end_column
    if line is None and column is not None:
        remark("'col' and 'endColumn' can only be set if 'line' value is provided.")
        column = end_column = None
    if end_line is not None and line != end_line and column is not None:
        remark("'col' and 'endColumn' cannot be set if 'line' and 'endLine' are different values.")
        column = end_column = None
    if line is not None and end_line is not None and end_line < line:
        remark("'endLine' cannot be less than 'line'.")
        line = end_line = None
    if column is not None and end_column is not None and end_column < column:
        remark("'endColumn' cannot be less than 'col'.")
        column = end_column = None
    return Places(line=line, end_line=end_line, column=column, end_column=end_column), remarks


def _number(command: Command, name: str) -> int | None:
    value = command.properties.get(name, "")
    return int(value) if _NUMBER.fullmatch(value) else None


class AnnotationPlaces:
    """Files of one job's workspace. ``to_host`` translates a path as the step sees it (in a container)."""

    def __init__(self, workspace: Path, *, to_host: Callable[[str], str] = str) -> None:
        self._workspace = os.path.normpath(workspace)
        self._to_host = to_host
        self._repositories: dict[str, str | None] = {}

    def annotation(self, command: Command, places: Places) -> AnnotationFound:
        """The annotation that ``::error``, ``::warning`` or ``::notice`` asks for."""
        file = command.properties.get("file")
        return AnnotationFound(
            level=cast("Level", command.name),
            message=command.data,
            title=command.properties.get("title"),
            file=None if file is None else self._in_workspace(self._to_host(file)),
            line=places.line,
            end_line=places.end_line,
            column=places.column,
            end_column=places.end_column,
        )

    def matched(self, match: IssueMatch) -> tuple[AnnotationFound | None, list[str]]:
        """The annotation that a problem matcher found, or ``None`` when it is none; and the runner's debug remarks."""
        if not match.message or not match.message.strip():
            return None, ["Skipping logging an issue for the matched line because the message is empty."]
        level = (match.severity or "error").lower()
        if level not in _LEVELS:
            severity = match.severity
            return None, [
                f"Skipped logging an issue for the matched line because the severity '{severity}' is not supported."
            ]
        remarks: list[str] = []
        found = AnnotationFound(
            level=cast("Level", level),
            message=match.message,
            title=None,
            file=self._matched_file(match, remarks),
            line=_digits(match.line, "line", remarks),
            column=_digits(match.column, "column", remarks),
        )
        return found, remarks

    def masked(self, found: AnnotationFound, masker: Masker) -> AnnotationFound:
        """The annotation without the secrets that ``masker`` knows."""
        return replace(
            found,
            message=masker.mask_text(found.message),
            title=None if found.title is None else masker.mask_text(found.title),
            file=None if found.file is None else masker.mask_text(found.file),
        )

    def _in_workspace(self, file: str) -> str:
        if Path(file).is_absolute() and os.path.normpath(file).startswith(self._workspace + os.sep):
            return os.path.relpath(file, self._workspace)
        return file

    def _matched_file(self, match: IssueMatch, remarks: list[str]) -> str | None:
        if not match.file or not match.file.strip() or "\0" in match.file:
            return None
        file = self._on_host(match.file, match.from_path)
        if not Path(file).is_file():
            remarks.append(f"Dropping file value '{file}'. Path does not exist")
            return None
        repository = self._repository(str(Path(file).parent))
        if repository is None:
            remarks.append(f"Dropping file value '{file}'. Path is not under the workflow repo.")
            return None
        return os.path.relpath(file, repository)

    def _on_host(self, file: str, from_path: str | None) -> str:
        """An absolute path: relative ones count from the folder of ``fromPath``, then from the workspace."""
        if from_path and "\0" not in from_path and not Path(file).is_absolute():
            file = str(Path(from_path).parent / file)
        if Path(file).is_absolute():
            return os.path.normpath(self._to_host(os.path.normpath(file)))
        return os.path.normpath(Path(self._workspace) / file)

    def _repository(self, folder: str) -> str | None:
        """The nearest folder at or above ``folder`` that is a clone, never above the workspace."""
        if len(self._repositories) > _REMEMBERED_FOLDERS:
            self._repositories.clear()
        if folder not in self._repositories:
            self._repositories[folder] = self._find_repository(folder)
        return self._repositories[folder]

    def _find_repository(self, folder: str) -> str | None:
        if folder != self._workspace and not folder.startswith(self._workspace + os.sep):
            return None
        if (Path(folder) / ".git" / "config").is_file():
            return folder
        return None if folder == self._workspace else self._repository(str(Path(folder).parent))


def _digits(value: str | None, name: str, remarks: list[str]) -> int | None:
    if not value:
        return None
    if not _DIGITS.fullmatch(value):
        remarks.append(f"Unable to parse {name} number '{value}'")
        return None
    return int(value)
