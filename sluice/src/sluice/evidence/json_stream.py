"""Chosen parts of a JSON text of any size, as they pass by. Chunks and a choice in, named values out.

Only what the choice asks for is built; everything else is skipped over. So memory is bounded by the largest part that
is asked for, whatever the size and the nesting of the rest. It must not know what the parts mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field

from sluice.evidence.chunks import bounded, without_long_numbers
from sluice.evidence.limits import DEEPEST_NESTING, LARGEST_STREAM, MOST_PARTS
from sluice.evidence.problems import Problem, ReportError

MISFIT = "misfit"
"""The name of a part whose value is the place where another kind of value was expected."""

REPEATED = "repeated"
"""The name of a part whose value is a key that an object had twice."""


class Scalar(Struct, frozen=True, kw_only=True):
    """A string, a number, a boolean or null."""


class Fields(Struct, frozen=True, kw_only=True):
    """These keys of an object. With a name, it is handed out when it ends, and its parent does not keep it."""

    keys: Mapping[str, Choice]
    name: str | None = None


class Entries(Struct, frozen=True, kw_only=True):
    """The entries of an array, the first ``most`` of them where that is given."""

    of: Choice
    most: int | None = None
    name: str | None = None


Choice = Scalar | Fields | Entries
Part = tuple[str, object]
SCALAR = Scalar()
_BRACKETS = frozenset({"start_map", "end_map", "start_array", "end_array"})


class _Frame(Struct):
    """An object or array that is being built; ``count`` entries of the array have begun."""

    choice: Fields | Entries
    value: dict[str, object] | list[object]
    key: str = ""
    count: int = 0

    def wanted(self) -> Choice | None:
        """What is to become of the value that begins now."""
        choice = self.choice
        if isinstance(choice, Fields):
            return choice.keys.get(self.key)
        self.count += 1
        return choice.of if choice.most is None or self.count <= choice.most else None

    def attach(self, value: object) -> None:
        if isinstance(self.value, dict):
            self.value[self.key] = value
        else:
            self.value.append(value)


class _Picker(Struct):
    """Builds what is chosen; where something begins that is not, ``skipped`` counts the brackets open in it."""

    choice: Choice
    stack: list[_Frame] = field(default_factory=list)
    skipped: int = 0
    parts: int = 0

    def begin(self, is_map: bool) -> Part | None:
        """An object or array begins."""
        choice = self.stack[-1].wanted() if self.stack else self.choice
        if len(self.stack) >= DEEPEST_NESTING:
            raise _too_deep()
        if isinstance(choice, Fields) and is_map:
            self.stack.append(_Frame(choice, {}))
        elif isinstance(choice, Entries) and not is_map:
            self.stack.append(_Frame(choice, []))
        else:
            self.skipped = 1
            return None if choice is None else self._misfit()
        return None

    def skip(self, event: str) -> None:
        """A bracket within something that is not chosen."""
        self.skipped += 1 if event.startswith("start_") else -1
        if len(self.stack) + self.skipped > DEEPEST_NESTING:
            raise _too_deep()

    def end(self) -> Part | None:
        """An object or array ends."""
        frame = self.stack.pop()
        if frame.choice.name is not None:
            self.parts = 0
            return frame.choice.name, frame.value
        if self.stack:
            self._attach(frame.value)
        return None

    def key(self, key: str) -> Part | None:
        """An object's key."""
        frame = self.stack[-1]
        frame.key = key
        return (REPEATED, key) if key in frame.value else None

    def scalar(self, value: object) -> Part | None:
        """A value that is neither."""
        choice = self.stack[-1].wanted() if self.stack else self.choice
        if choice is None:
            return None
        if isinstance(choice, Scalar) or self._may_be_null(value):
            self._attach(value)
            return None
        return self._misfit()

    def _may_be_null(self, value: object) -> bool:
        return value is None and bool(self.stack) and isinstance(self.stack[-1].value, dict)

    def _attach(self, value: object) -> None:
        self.parts += 1
        if self.parts > MOST_PARTS:
            raise ReportError(Problem.TOO_LARGE, f"more than {MOST_PARTS:,} values in one entry")
        if self.stack:
            self.stack[-1].attach(value)

    def _misfit(self) -> Part:
        return MISFIT, ".".join(frame.key or "[]" for frame in self.stack) or "the whole"


def _too_deep() -> ReportError:
    return ReportError(Problem.TOO_DEEP, f"more than {DEEPEST_NESTING} brackets within one another")


def pick(chunks: Iterable[bytes], choice: Choice) -> Iterator[Part]:
    """The named parts of a JSON text, given in even chunks, in the order in which they end.

    Raises :class:`ReportError`, after all that came before: unreadable, truncated, too deep, too large.
    """
    picker = _Picker(choice)
    part: Part | None
    for event, value in _events(chunks):
        if picker.skipped:
            if event in _BRACKETS:
                picker.skip(event)
            continue
        match event:
            case "map_key":
                part = picker.key(str(value))
            case "start_map" | "start_array":
                part = picker.begin(event == "start_map")
            case "end_map" | "end_array":
                part = picker.end()
            case _:
                part = picker.scalar(value)
        if part is not None:
            yield part


def _events(chunks: Iterable[bytes]) -> Iterator[tuple[str, object]]:
    import ijson  # type: ignore[import-untyped]  # noqa: PLC0415 - the library has no types; few commands need it

    text = without_long_numbers(bounded(chunks, LARGEST_STREAM, mark=b'"'))
    try:
        yield from ijson.basic_parse(ijson.from_iter(text), use_float=True)
    except ijson.IncompleteJSONError as error:
        raise _as_report_error(error) from error
    except ijson.JSONError as error:
        raise ReportError(Problem.UNREADABLE, f"not JSON: {_first_line(error)}") from error


def top_keys(head: bytes) -> set[str]:
    """The keys at the top of the object that begins in ``head``, as far as it goes."""
    found: set[str] = set()
    depth = 0
    try:
        for event, value in _events([head.removeprefix(b"\xef\xbb\xbf")]):
            depth += event.startswith("start_") - event.startswith("end_")
            if depth == 1 and event == "map_key":
                found.add(str(value))
    except ReportError:
        return found
    return found


def _as_report_error(error: Exception) -> ReportError:
    message = _first_line(error)
    kind = Problem.TRUNCATED if "EOF" in message or "ncomplete" in message else Problem.UNREADABLE
    return ReportError(kind, f"not JSON: {message}")


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0].strip()
