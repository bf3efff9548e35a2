"""Chosen parts of a JSON text of any size, as they pass by. Chunks and a choice in, named values out.

Only what the choice asks for is built; everything else is skipped over. So memory is bounded by the largest part that
is asked for, whatever the size and the nesting of the rest. It must not know what the parts mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sluice.evidence.chunks import bounded, without_long_numbers
from sluice.evidence.limits import DEEPEST_NESTING, LARGEST_STREAM, MOST_PARTS
from sluice.evidence.problems import Problem, ReportError

MISFIT = "misfit"
"""The name of a part whose value is the place where another kind of value was expected."""

REPEATED = "repeated"
"""The name of a part whose value is a key that an object had twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """A string, a number, a boolean or null."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """These keys of an object. With a name, it is handed out when it ends, and its parent does not keep it."""

    keys: Mapping[str, Choice]
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """The entries of an array, the first ``most`` of them where that is given."""

    of: Choice
    most: int | None = None
    name: str | None = None


Choice = Scalar | Fields | Entries
Part = tuple[str, object]
SCALAR = Scalar()


@dataclass(slots=True)
class _Frame:
    """An object or array that is being built; ``count`` entries of the array have begun."""

    choice: Fields | Entries
    value: dict[str, object] | list[object]
    key: str = ""
    count: int = 0

    def wanted(self) -> Choice | None:
        """What is to become of the value that begins now."""
        match self.choice:
            case Fields(keys=keys):
                return keys.get(self.key)
            case Entries(of=of, most=most):
                self.count += 1
                return of if most is None or self.count <= most else None

    def attach(self, value: object) -> None:
        if isinstance(self.value, dict):
            self.value[self.key] = value
        else:
            self.value.append(value)


@dataclass(slots=True)
class _Picker:
    choice: Choice
    stack: list[_Frame] = field(default_factory=list)
    skipped: int = 0
    parts: int = 0

    def begin(self, is_map: bool) -> Iterator[Part]:
        """An object or array begins."""
        if len(self.stack) + self.skipped >= DEEPEST_NESTING:
            raise ReportError(Problem.TOO_DEEP, f"more than {DEEPEST_NESTING} brackets within one another")
        if self.skipped:
            self.skipped += 1
            return
        choice = self.stack[-1].wanted() if self.stack else self.choice
        match choice:
            case Fields() if is_map:
                self.stack.append(_Frame(choice, {}))
            case Entries() if not is_map:
                self.stack.append(_Frame(choice, []))
            case _:
                self.skipped = 1
                if choice is not None:
                    yield MISFIT, self._place()

    def end(self) -> Iterator[Part]:
        """An object or array ends."""
        if self.skipped:
            self.skipped -= 1
            return
        frame = self.stack.pop()
        if frame.choice.name is not None:
            self.parts = 0
            yield frame.choice.name, frame.value
        elif self.stack:
            self._attach(frame.value)

    def key(self, key: str) -> Iterator[Part]:
        """An object's key."""
        if self.skipped:
            return
        frame = self.stack[-1]
        if frame.key and isinstance(frame.value, dict) and key in frame.value:
            yield REPEATED, key
        frame.key = key

    def scalar(self, value: object) -> Iterator[Part]:
        """A value that is neither."""
        if self.skipped:
            return
        match self.stack[-1].wanted() if self.stack else self.choice:
            case Scalar():
                self._attach(value)
            case None:
                pass
            case _ if value is None and self.stack and isinstance(self.stack[-1].value, dict):
                self._attach(None)
            case _:
                yield MISFIT, self._place()

    def _attach(self, value: object) -> None:
        self.parts += 1
        if self.parts > MOST_PARTS:
            raise ReportError(Problem.TOO_LARGE, f"more than {MOST_PARTS:,} values in one entry")
        if self.stack:
            self.stack[-1].attach(value)

    def _place(self) -> str:
        return ".".join(frame.key or "[]" for frame in self.stack) or "the whole"


def pick(chunks: Iterable[bytes], choice: Choice) -> Iterator[Part]:
    """The named parts of a JSON text, given in even chunks, in the order in which they end.

    Raises :class:`ReportError`, after all that came before: unreadable, truncated, too deep, too large.
    """
    import ijson  # type: ignore[import-untyped]  # noqa: PLC0415 - the library has no types; few commands need it

    picker = _Picker(choice)
    text = without_long_numbers(bounded(chunks, LARGEST_STREAM, mark=b'"'))
    try:
        for event, value in ijson.basic_parse(ijson.from_iter(text), use_float=True):
            match event:
                case "map_key":
                    yield from picker.key(value)
                case "start_map" | "start_array":
                    yield from picker.begin(event == "start_map")
                case "end_map" | "end_array":
                    yield from picker.end()
                case _:
                    yield from picker.scalar(value)
    except ijson.IncompleteJSONError as error:
        raise _as_report_error(error) from error
    except ijson.JSONError as error:
        raise ReportError(Problem.UNREADABLE, f"not JSON: {_first_line(error)}") from error


def top_keys(head: bytes) -> set[str]:
    """The keys at the top of the object that begins in ``head``, as far as it goes."""
    import ijson  # noqa: PLC0415 - few commands need it

    found: set[str] = set()
    depth = 0
    text = without_long_numbers([head.removeprefix(b"\xef\xbb\xbf")])
    try:
        for event, value in ijson.basic_parse(ijson.from_iter(text), use_float=True):
            depth += event.startswith("start_") - event.startswith("end_")
            if depth == 1 and event == "map_key":
                found.add(value)
    except (ijson.JSONError, ReportError):
        return found
    return found


def _as_report_error(error: Exception) -> ReportError:
    message = _first_line(error)
    kind = Problem.TRUNCATED if "EOF" in message or "ncomplete" in message else Problem.UNREADABLE
    return ReportError(kind, f"not JSON: {message}")


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0].strip()
