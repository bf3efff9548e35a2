"""YAML text to tokens with spans, by YAML 1.2's core schema, as GitHub reads it.

In: a file's text. Out: a tree of tokens, and diagnostics. Expressions are parsed, not evaluated. Bounds on nesting and
on the number of values refuse YAML bombs: an alias counts as everything that its anchor holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NoReturn

import yaml
from msgspec import Struct

from sluice.expressions.errors import ExpressionError
from sluice.expressions.parser import parse_expression
from sluice.expressions.syntax import Literal
from sluice.source.diagnostics import Diagnostic
from sluice.source.positions import Position, Span
from sluice.workflow.templates import BadTemplate, expression_text
from sluice.workflow.tokens import (
    BooleanToken,
    ExpressionToken,
    InsertToken,
    KeyToken,
    MappingToken,
    NullToken,
    NumberToken,
    SequenceToken,
    StringToken,
    Token,
)

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INSERT = re.compile(r"\s*\$\{\{\s*insert\s*\}\}\s*")
_SPECIAL = {".nan": "nan", ".inf": "inf", "+.inf": "inf", "-.inf": "-inf"}


_TAG = "tag:yaml.org,2002:"
_TAGGED: Mapping[str, type[Token]] = {
    "null": NullToken,
    "bool": BooleanToken,
    "int": NumberToken,
    "float": NumberToken,
}
_STYLES = {"'": "SingleQuoted", '"': "DoubleQuoted", "|": "Literal", ">": "Folded"}


class Limits(Struct, frozen=True, kw_only=True):
    """How deep a file may nest, and how many values it may have, those of aliases counted again."""

    depth: int = 50
    values: int = 100_000


LIMITS = Limits()


def _hint(message: str, row: str) -> str | None:
    """What is usually behind a mistake in this row."""
    if "\t" in row[: len(row) - len(row.lstrip())]:
        return "YAML is indented with spaces, not with tabs"
    if message.startswith("mapping values are not allowed"):
        return "text with ': ' in it stands in quotes or under `|`; a key is indented like those beside it"
    return None


class _Stop(Exception):  # noqa: N818 (it never leaves this module)
    """Reading can't go on; the reason is among the diagnostics."""


def read_yaml(text: str, file: str, limits: Limits = LIMITS) -> tuple[Token | None, list[Diagnostic]]:
    """The file's one document; ``None`` when it can't be read or is empty."""
    reader = _Reader(text, file, limits)
    try:
        return reader.document(), reader.found
    except _Stop:
        return None, reader.found


class _Reader:
    def __init__(self, text: str, file: str, limits: Limits) -> None:
        self._limits = limits
        self.found: list[Diagnostic] = []
        self._file = file
        self._text = text
        self._anchors: dict[str, tuple[Token, int]] = {}
        self._values = 0
        self._events: Iterator[yaml.Event] = iter(())

    def document(self) -> Token | None:
        self._events = self._checked(self._text)
        for event in self._events:
            if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent | yaml.AliasEvent):
                token = self._node(event, 1)
                for _ in self._events:  # the rest of the stream is checked, too
                    pass
                return token
        return None

    def _checked(self, text: str) -> Iterator[yaml.Event]:
        try:
            yield from yaml.parse(text, Loader=yaml.CSafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            place = Span.at(self._file, mark.line + 1, mark.column + 1) if mark else Span.at(self._file)
            row = text.splitlines()[mark.line] if mark and mark.line < len(text.splitlines()) else ""
            message = f"{error.problem or error.context}"
            self.found.append(Diagnostic(span=place, rule="yaml", message=message, hint=_hint(message, row)))
            raise _Stop from error
        except yaml.YAMLError as error:
            self._report(Span.at(self._file), str(error).splitlines()[0], "yaml")
            raise _Stop from error

    def _report(self, span: Span, message: str, rule: str = "syntax") -> None:
        self.found.append(Diagnostic(span=span, rule=rule, message=message))

    def _span(self, event: yaml.Event) -> Span:
        start, end = event.start_mark, event.end_mark
        if start is None or end is None:
            return Span.at(self._file)
        return Span(self._file, Position(start.line + 1, start.column + 1), Position(end.line + 1, end.column + 1))

    def _next(self) -> yaml.Event:
        return next(self._events)

    def _node(self, event: yaml.Event, depth: int) -> Token:
        if depth > self._limits.depth:
            self._report(Span.at(self._file), "Maximum object depth exceeded", "limit")
            raise _Stop
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        before = self._values
        self._count(1)
        token = self._make(event, depth)
        anchor = getattr(event, "anchor", None)
        if anchor:
            self._anchors[anchor] = token, self._values - before
        return token

    def _count(self, values: int) -> None:
        self._values += values
        if self._values > self._limits.values:
            self._report(Span.at(self._file), "Maximum object size exceeded", "limit")
            raise _Stop

    def _alias(self, event: yaml.AliasEvent) -> Token:
        known = self._anchors.get(event.anchor or "")
        if known is None:
            self._report(self._span(event), f"Unknown anchor '{event.anchor}'")
            raise _Stop
        token, values = known
        self._count(values)
        return token

    def _make(self, event: yaml.Event, depth: int) -> Token:
        match event:
            case yaml.ScalarEvent():
                return self._scalar(event)
            case yaml.SequenceStartEvent():
                return self._sequence(event, depth)
            case _:
                return self._mapping(event, depth)

    def _sequence(self, start: yaml.Event, depth: int) -> SequenceToken:
        items: list[Token] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        return SequenceToken(span=self._span(start), items=tuple(items))

    def _mapping(self, start: yaml.Event, depth: int) -> MappingToken:
        entries: list[tuple[KeyToken, Token]] = []
        seen: set[str] = set()
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._key(event, depth)
            value = self._node(self._next(), depth + 1)
            if isinstance(key, StringToken) and key.value.lower() in seen:
                self._report(key.span, f"'{key.value}' is already defined", "duplicate-key")
                continue
            if isinstance(key, StringToken):
                seen.add(key.value.lower())
            entries.append((key, value))
        return MappingToken(span=self._span(start), entries=tuple(entries))

    def _key(self, event: yaml.Event, depth: int) -> KeyToken:
        if not isinstance(event, yaml.ScalarEvent):
            self._report(self._span(event), "Unexpected type of key: a string was expected")
            self._node(event, depth + 1)
            return StringToken(span=self._span(event), value="")
        if _INSERT.fullmatch(event.value):
            return InsertToken(span=self._span(event))
        return self._text_token(self._span(event), event.value)

    def _scalar(self, event: yaml.ScalarEvent) -> Token:
        span, value = self._span(event), event.value
        if event.tag is not None and event.tag != "!":
            return self._tagged(event, span)
        if event.style or not event.implicit[0]:
            return self._text_token(span, value)
        return self._plain(span, value)

    def _plain(self, span: Span, value: str) -> Token:
        if value in _NULL:
            return NullToken(span=span)
        if value in _TRUE or value in _FALSE:
            return BooleanToken(span=span, value=value in _TRUE)
        number = _number(value)
        return self._text_token(span, value) if number is None else NumberToken(span=span, value=number, raw=value)

    def _tagged(self, event: yaml.ScalarEvent, span: Span) -> Token:
        """A value with an explicit type, which must fit and must not be quoted."""
        tag, value = event.tag, event.value
        if tag == _TAG + "str":
            return self._text_token(span, value)
        place = f"line {span.start.line} and column {span.start.column}"
        if tag not in {_TAG + name for name in ("null", "bool", "int", "float")}:
            self._fail(f"Unexpected tag '{tag}'")
        if event.style:
            style = _STYLES.get(event.style, "Quoted")
            self._fail(f"The scalar style '{style}' on {place} is not valid with the tag '{tag}'")
        token = self._plain(span, value)
        if not isinstance(token, _TAGGED[tag.removeprefix(_TAG)]):
            self._fail(f"The value '{value}' on {place} is invalid for the type '{tag}'")
        return token

    def _fail(self, message: str) -> NoReturn:
        self._report(Span.at(self._file), message, "yaml-tag")
        raise _Stop

    def _text_token(self, span: Span, raw: str) -> StringToken | ExpressionToken:
        try:
            source = expression_text(raw)
        except BadTemplate as error:
            self._report(span, str(error), "expression")
            return StringToken(span=span, value=raw)
        if source is None:
            return StringToken(span=span, value=raw)
        token, found = parse_token(span, source, raw)
        self.found += found
        return token


def _number(value: str) -> float | None:
    if _INTEGER.fullmatch(value):
        base = {"0o": 8, "0x": 16}.get(value[:2], 10)
        try:
            return float(int(value, base))
        except (OverflowError, ValueError):  # Python bounds the digits it reads; to a double they are all the same
            return float("-inf" if value.startswith("-") else "inf")
    if _FLOAT.fullmatch(value):
        return float(value)
    special = _SPECIAL.get(value.lower())
    return None if special is None else float(special)


def parse_token(span: Span, source: str, raw: str) -> tuple[StringToken | ExpressionToken, list[Diagnostic]]:
    """An expression as a token; one that can't be parsed stays text, with GitHub's sentence as a diagnostic."""
    try:
        expression = parse_expression(source)
        if isinstance(expression, Literal) and isinstance(expression.value, str):
            return StringToken(span=span, value=expression.value), []
        return ExpressionToken(span=span, source=source, raw=raw, expression=expression), []
    except ExpressionError as error:
        return StringToken(span=span, value=raw), [Diagnostic(span=span, rule="expression", message=str(error))]
