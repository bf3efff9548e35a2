"""What a step left in its command files. In: the open folder. Out: the settings, and what was wrong with them in
GitHub's words.

The rules are the runner's, with one lenience: a line that ends with a carriage return and a line feed ends before the
return on every system. A step may replace a file by a link, a folder or a FIFO, or delete it, without harm. Knows
nothing of what the engine does with the settings.
"""

from __future__ import annotations

import codecs
import os
import stat
from collections.abc import Iterator, Mapping

from msgspec import Struct, field

from sluice.engine.output.reading import UnreadableError, read_regular_file

SUMMARY_LIMIT = 1024 * 1024
"""Bytes of one step's summary."""

FILE_LIMIT = 16 * 1024 * 1024
"""Bytes of any other command file; GitHub has no limit here, but keeps far less of it."""

_BLOCKED_VARIABLES = frozenset({"NODE_OPTIONS"})
PREFIXES = {
    "path": "add_path_",
    "env": "set_env_",
    "step_summary": "step_summary_",
    "state": "save_state_",
    "output": "set_output_",
    "effects": "add_effects_",
}
"""How the files are called, before what tells a step's from another's."""

_SUMMARY_TOO_BIG = (
    "$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of {}k, got {}k. For more information see: "
    "https://docs.github.com/actions/using-workflows/workflow-commands-for-github-actions#adding-a-markdown-summary"
)


class FileFormatError(Exception):
    """A command file is malformed; the message is the runner's."""


class FileResults(Struct, frozen=True, kw_only=True):
    """What a step left. ``path`` in the order written: the last one comes first in ``PATH``.

    ``summary`` is Markdown as the step wrote it, not yet masked. ``errors`` are messages for annotations; the step
    fails, whatever its exit code, when ``failed``. ``effects`` are lines of JSON
    (``steps.effects``).
    """

    environment: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    state: Mapping[str, str] = field(default_factory=dict)
    path: tuple[str, ...] = ()
    summary: bytes | None = None
    errors: tuple[str, ...] = ()
    failed: bool = False
    effects: tuple[str, ...] = ()


class Reading:
    """One pass over a step's files, in the runner's order; each file on its own. ``folder`` is open, ``suffix`` is what
    the step's names end with.
    """

    def __init__(self, folder: int, suffix: str) -> None:
        self._folder = folder
        self._suffix = suffix
        self._errors: list[str] = []
        self._failed = False

    def results(self) -> FileResults:
        """What the step left; whatever is wrong is in it."""
        path = tuple(self._lines("path"))
        environment = self._pairs("env")
        for name in [name for name in environment if name.upper() in _BLOCKED_VARIABLES]:
            del environment[name]
            self._errors.append(f"Can't store {name.upper()} output parameter using '$GITHUB_ENV' command.")
        summary = self._summary()
        state, outputs = self._pairs("state"), self._pairs("output")
        return FileResults(
            environment=environment,
            outputs=outputs,
            state=state,
            path=path,
            summary=summary,
            errors=tuple(self._errors),
            failed=self._failed,
            effects=tuple(self._lines("effects")),
        )

    def _read(self, kind: str, limit: int) -> bytes | None:
        """The file's bytes; ``None`` when it is gone."""
        name = PREFIXES[kind] + self._suffix
        try:
            if _is_empty(name, self._folder):
                return b""
            return read_regular_file(name, limit=limit, folder=self._folder)
        except UnreadableError as error:
            if error.missing:
                return None
            raise

    def _fail(self, kind: str, error: Exception) -> None:
        self._errors += [f"Unable to process file command '{kind}' successfully.", str(error)]
        self._failed = True

    def _lines(self, kind: str) -> list[str]:
        """Lines without blanks and repetitions: what is written again moves to the end."""
        try:
            text = decode_file(self._read(kind, FILE_LIMIT) or b"")
            _check_nul(text)
        except (UnreadableError, FileFormatError) as error:
            self._fail(kind, error)
            return []
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return list(reversed(dict.fromkeys(line for line in reversed(lines) if line)))

    def _pairs(self, kind: str) -> dict[str, str]:
        """What stands before the first mistake counts, as in the runner."""
        pairs: dict[str, str] = {}
        try:
            for name, value in parse_pairs(decode_file(self._read(kind, FILE_LIMIT) or b"")):
                if kind == "env":
                    _check_nul(name + value)
                pairs[name] = value
        except (UnreadableError, FileFormatError) as error:
            self._fail(kind, error)
        return pairs

    def _summary(self) -> bytes | None:
        """A summary that can't be had is an error, but fails no step."""
        try:
            return self._read("step_summary", SUMMARY_LIMIT) or None
        except UnreadableError as error:
            if error.size is None:
                self._errors.append(f"Failed to create step summary using 'GITHUB_STEP_SUMMARY': {error}")
            else:
                self._errors.append(_SUMMARY_TOO_BIG.format(SUMMARY_LIMIT // 1024, error.size // 1024))
            return None


def _is_empty(name: str, folder: int) -> bool:
    """Whether it is a regular file with nothing in it, as most are; what can't be told is for who reads it."""
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size == 0


def decode_file(data: bytes) -> str:
    """Text by its byte order mark (PowerShell writes UTF-16), else UTF-8; what is none becomes U+FFFD."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    return data.decode("utf-8", "replace")


def parse_pairs(text: str) -> Iterator[tuple[str, str]]:
    """Names and values of ``name=value`` lines and of ``name<<delimiter`` blocks; raises ``FileFormatError``.

    Whichever of ``=`` and ``<<`` comes first decides. Empty lines between are skipped; a block ends with a line that
    is the delimiter exactly.
    """
    lines = _Lines(text)
    while (line := lines.next()) is not None:
        if line:
            yield _pair(line, lines)


def _pair(line: str, lines: _Lines) -> tuple[str, str]:
    equals, block = line.find("="), line.find("<<")
    if equals >= 0 and not 0 <= block < equals:
        if equals == 0:
            raise FileFormatError(f"Invalid format '{line}'. Name must not be empty")
        return line[:equals], line[equals + 1 :]
    if block < 0:
        raise FileFormatError(f"Invalid format '{line}'")
    name, _, delimiter = line.partition("<<")
    if not name or not delimiter:
        raise FileFormatError(f"Invalid format '{line}'. Name must not be empty and delimiter must not be empty")
    return name, lines.until(delimiter)


class _Lines:
    """A text's lines, one after the other; remembers where each began and ended."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._content_end = 0
        self._ended = True

    def next(self) -> str | None:
        """The next line without its end, or ``None`` when there is none."""
        start = self._position
        if start >= len(self._text):
            return None
        feed = self._text.find("\n", start)
        self._ended = feed >= 0
        self._position = feed + 1 if self._ended else len(self._text)
        self._content_end = feed if self._ended else len(self._text)
        if self._ended and feed > start and self._text[feed - 1] == "\r":
            self._content_end -= 1
        return self._text[start : self._content_end]

    def until(self, delimiter: str) -> str:
        """The lines up to one that is ``delimiter``, as they stand in the text, without the last one's end."""
        start = end = self._position
        while (line := self.next()) != delimiter:
            if line is None:
                raise FileFormatError(f"Invalid value. Matching delimiter not found '{delimiter}'")
            if not self._ended:
                raise FileFormatError("Invalid value. EOF marker missing new line.")
            end = self._content_end
        return self._text[start:end]


def _check_nul(text: str) -> None:
    """No process can be given a variable with this character; GitHub would fail the next step instead."""
    if "\0" in text:
        raise FileFormatError("Invalid value. It contains the character NUL, which no variable can hold")
