"""One step's output, from the process to the log. In: bytes in any pieces. Out: masked bytes, and events.

The log holds the bytes as they came, with three exceptions: secrets are ``***``; a line that was a workflow command
is what GitHub shows for it, or nothing; a line in which a problem matcher found something begins with ``##[error]``
(or its level). How the bytes were cut into pieces makes no difference. Memory is bounded, lines without an end
included. Knows nothing of processes, files and timers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from sluice.engine.output.commands import BLANKS
from sluice.engine.output.context import OutputContext
from sluice.engine.output.events import AnnotationFound, Emit
from sluice.engine.output.matchers import IssueMatch, MatcherScanner
from sluice.engine.output.obedience import CommandObeyer
from sluice.masking.encodings import encode_text

LONGEST_LINE = 256 * 1024
"""Bytes of a line that are waited for; a longer one goes on in parts, as ordinary output that no matcher sees."""

LONGEST_COMMAND = 16 * 1024 * 1024
"""Bytes that are waited for of a line that looks like a command. A longer one is left out of the log: it may hold a
secret that it was to mask."""

_BLANK = "[" + "".join(blank for blank in BLANKS if blank.isascii()) + r"\xc2\xe1\xe2\xe3\x80-\xbf]*"
_AFTER_LINE_FEED = re.compile(rf"\n{_BLANK}::".encode("latin-1"))
_AFTER_RETURN = re.compile(rf"\r{_BLANK}::".encode("latin-1"))
_AT_START = re.compile(rf"{_BLANK}::".encode("latin-1"))
_BEGINS_LIKE_COMMAND = re.compile(rf"{_BLANK}(?::?\Z|::)".encode("latin-1"))
_OLD_PREFIX = b"##["
_LINE_END = re.compile(rb"\r\n|\n|\r")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m?")


class StepOutput:
    """The output of one step. ``write`` gets the bytes for the log, ``emit`` the events, both in order."""

    def __init__(self, context: OutputContext, *, emit: Emit, write: Callable[[bytes], None]) -> None:
        self._mask = context.job.masker.stream()
        self._places = context.job.places
        self._scanner = MatcherScanner(context.job.matchers)
        self._commands = CommandObeyer(context, emit=emit, log=self._log)
        self._write = write
        self._ready: list[bytes] = []
        self._pending = bytearray()
        self._written: bytearray | None = None
        """What of the current line is in the log already (at most a little more than ``LONGEST_LINE``)."""
        self._holding = False
        self._dropping = False

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the process's output."""
        while chunk:
            chunk = self._go_on(chunk) if self._in_line() else self._take_segments(chunk)
        self._hand_over()

    def flush_partial(self) -> None:
        """Show a line that has not ended yet, such as a question or a progress bar; for a timer to call.

        What may turn out to be a command or the beginning of a secret stays back.
        """
        if self._pending and not self._holding and not self._may_be_command(self._pending):
            self._take_part(len(self._pending))
            self._hand_over()

    def write_lines(self, texts: Iterable[str]) -> None:
        """Lines of the engine's own, masked, in which commands mean nothing; handed on as one piece."""
        self._begin_line()
        for text in texts:
            self._log(text)
        self._hand_over()

    def annotate(self, found: AnnotationFound) -> None:
        """An annotation of the engine's own: its line in the log and its event."""
        self._begin_line()
        self._commands.annotate(found)
        self._hand_over()

    def debug(self, text: str) -> None:
        """Debug lines of the engine's own, shown under the same condition as the step's."""
        self._begin_line()
        self._commands.debug(text)
        self._hand_over()

    def close(self) -> None:
        """The process has ended: its last line may lack an end."""
        if self._in_line():
            self._end_line()
        self._ready.append(self._mask.close())
        self._hand_over()

    def _hand_over(self) -> None:
        data = self._ready[0] if len(self._ready) == 1 else b"".join(self._ready)
        self._ready.clear()
        if data:
            self._write(data)

    def _begin_line(self) -> None:
        if self._written is not None:
            self._output(b"\n")

    def _log(self, text: str) -> None:
        self._output(encode_text(text) + b"\n")

    def _output(self, data: bytes) -> None:
        self._ready.append(self._mask.feed(data))

    def _in_line(self) -> bool:
        return bool(self._pending) or self._written is not None or self._dropping

    def _take_segments(self, chunk: bytes) -> bytes:
        """Whole lines, many at once; what is left begins a line that ends later or is a long one."""
        position = 0
        while (newline := chunk.rfind(b"\n", position, position + LONGEST_LINE + 1)) >= 0:
            self._take_lines(chunk[position : newline + 1])
            position = newline + 1
        return self._go_on(chunk[position:]) if position < len(chunk) else b""

    def _go_on(self, chunk: bytes) -> bytes:
        """Take the chunk's part of the current line; returns the rest."""
        end = chunk.find(b"\n") + 1
        self._pending += chunk[:end] if end else chunk
        self._relieve()
        if not end:
            return b""
        self._end_line()
        return chunk[end:]

    def _relieve(self) -> None:
        """Let go of the parts of a line that is too long, unless it may be a command."""
        ended = self._pending.endswith(b"\n")
        while not self._holding and len(self._pending) - ended > LONGEST_LINE:
            if self._may_be_command(self._pending[:LONGEST_LINE]):
                self._holding = True
            else:
                self._take_part(LONGEST_LINE)
        if self._dropping or len(self._pending) - ended > LONGEST_COMMAND:
            self._dropping = True
            self._pending.clear()

    def _may_be_command(self, line: bytearray) -> bool:
        begins = self._written is None and _BEGINS_LIKE_COMMAND.match(line) is not None
        return begins or _OLD_PREFIX in line

    def _take_part(self, length: int) -> None:
        """Write the beginning of the line, but no ``#`` at its end: ``##[`` may begin there."""
        tail = self._pending[max(length - 2, 0) : length]
        part = bytes(self._pending[: length - len(tail) + len(tail.rstrip(b"#"))])
        if not part:
            return
        self._output(part)
        del self._pending[: len(part)]
        if self._written is None:
            self._written = bytearray()
        if len(self._written) <= LONGEST_LINE:
            self._written += part

    def _end_line(self) -> None:
        line, self._pending = bytes(self._pending), bytearray()
        dropping, self._holding, self._dropping = self._dropping, False, False
        written, self._written = self._written, None
        if dropping:
            self._leave_out()
        elif written is None:
            self._take_lines(line)
        else:
            self._finish_line(bytes(written), line)

    def _leave_out(self) -> None:
        limit = LONGEST_COMMAND // 1024
        self._commands.annotate(
            AnnotationFound(level="warning", message=f"A workflow command of more than {limit}k was left out.")
        )

    def _finish_line(self, written: bytes, rest: bytes) -> None:
        """The end of a line that is in the log in part: ``::`` means nothing any more, the rest does."""
        text = "_" + rest.rstrip(b"\r\n").decode("utf-8", "surrogateescape")
        if self._commands.recognises(text):
            self._output(b"\n")
            self._commands.obey(text)
            return
        self._output(rest)
        if self._scanner.active:
            line = _text(written + rest).removesuffix("\n")
            for match in self._scan([line]).values():
                self._output(b"" if rest.endswith(b"\n") else b"\n")
                self._problem(match, line)

    def _take_lines(self, data: bytes) -> None:
        """Lines with their ends; only the last may lack one."""
        position = 0
        for start, end in _command_candidates(data):
            if start > position:
                self._plain(data[position:start])
            self._candidate(data[start:end])
            position = end
        if position < len(data):
            self._plain(data[position:] if position else data)

    def _candidate(self, line: bytes) -> None:
        if not self._commands.obey(line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")):
            self._plain(line)

    def _plain(self, data: bytes) -> None:
        if not self._scanner.active:
            self._output(data)
            return
        lines = _text(data).removesuffix("\n").split("\n")
        found = self._scan(lines)
        if found:
            self._output_problems(data, lines, found)
        else:
            self._output(data)

    def _scan(self, lines: list[str]) -> dict[int, IssueMatch]:
        scan = self._scanner.scan([line if len(line) <= LONGEST_LINE else "" for line in lines])
        for owner in scan.removed:
            message = f"Removing issue matcher '{owner}'. Its expression took too long."
            self._commands.annotate(AnnotationFound(level="warning", message=message))
        return scan.found

    def _output_problems(self, data: bytes, lines: list[str], found: dict[int, IssueMatch]) -> None:
        position = 0
        ends = [match.end() for match in _LINE_END.finditer(data)]
        for number, match in found.items():
            start = ends[number - 1] if number else 0
            if start > position:
                self._output(data[position:start])
            position = start
            if self._problem(match, lines[number]):
                position = ends[number] if number < len(ends) else len(data)
        if position < len(data):
            self._output(data[position:])

    def _problem(self, match: IssueMatch, line: str) -> bool:
        """Log and tell of a problem; ``False`` when the match is none after all."""
        found, remarks = self._places.matched(match)
        for remark in remarks:
            self._commands.debug(remark)
        if found is not None:
            self._commands.annotate(found, shown=line)
        return found is not None


def _text(data: bytes) -> str:
    """Lines for a matcher: text without colours, lines ending with a line feed."""
    text = data.decode("utf-8", "replace")
    if "\x1b" in text:
        text = _COLOUR.sub("", text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text


def _command_candidates(data: bytes) -> Iterable[tuple[int, int]]:
    """Start and end of the lines that may hold a command, in order."""
    starts: set[int] = set()
    if b"::" in data:
        if _AT_START.match(data):
            starts.add(0)
        starts.update(match.start() + 1 for match in _AFTER_LINE_FEED.finditer(data))
        if b"\r" in data:
            starts.update(match.start() + 1 for match in _AFTER_RETURN.finditer(data))
    if b"#" in data:
        position = -1
        while (position := data.find(_OLD_PREFIX, position + 1)) >= 0:
            starts.add(max(data.rfind(b"\n", 0, position), data.rfind(b"\r", 0, position)) + 1)
    return [(start, _line_end(data, start)) for start in sorted(starts)]


def _line_end(data: bytes, start: int) -> int:
    found = _LINE_END.search(data, start)
    return found.end() if found else len(data)
