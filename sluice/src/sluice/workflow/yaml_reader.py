"""YAML text to tokens with spans, by YAML 1.2's core schema, as GitHub reads it.

In: a file's text. Out: a tree of tokens, and diagnostics. Expressions are parsed, not evaluated. Bounds on nesting and
on the number of values refuse YAML bombs: an alias counts as everything that its anchor holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from sluice.expressions.errors import ExpressionError
from sluice.expressions.parser import parse_expression
from sluice.source.diagnostics import Diagnostic
from sluice.source.positions import Position, Span
from sluice.workflow.templates import UnclosedExpression, expression_text
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

DEEPEST = 50
MOST_VALUES = 100_000
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL = {".nan": "nan", ".inf": "inf", "+.inf": "inf", "-.inf": "-inf"}


class _Stop(Exception):  # noqa: N818 (it never leaves this module)
    """Reading can't go on; the reason is among the diagnostics."""


def read_yaml(text: str, file: str) -> tuple[Token | None, list[Diagnostic]]:
    """The file's one document; ``None`` when it can't be read or is empty."""
    reader = _Reader(text, file)
    try:
        return reader.document(), reader.found
    except _Stop:
        return None, reader.found


class _Reader:
    def __init__(self, text: str, file: str) -> None:
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
            self._report(place, f"{error.problem or error.context}", "yaml")
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
        if depth > DEEPEST:
            self._report(self._span(event), f"Maximum object depth exceeded: more than {DEEPEST} levels")
            raise _Stop
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        before = self._values
        self._count(event, 1)
        token = self._make(event, depth)
        anchor = getattr(event, "anchor", None)
        if anchor:
            self._anchors[anchor] = token, self._values - before
        return token

    def _count(self, event: yaml.Event, values: int) -> None:
        self._values += values
        if self._values > MOST_VALUES:
            self._report(self._span(event), f"Maximum object size exceeded: more than {MOST_VALUES} values")
            raise _Stop

    def _alias(self, event: yaml.AliasEvent) -> Token:
        known = self._anchors.get(event.anchor or "")
        if known is None:
            self._report(self._span(event), f"Unknown anchor '{event.anchor}'")
            raise _Stop
        token, values = known
        self._count(event, values)
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
        if event.value.strip() == "${{ insert }}":
            return InsertToken(span=self._span(event))
        return self._text_token(self._span(event), event.value)

    def _scalar(self, event: yaml.ScalarEvent) -> Token:
        span, value = self._span(event), event.value
        if event.style or not event.implicit[0]:
            return self._text_token(span, value)
        if value in _NULL:
            return NullToken(span=span)
        if value in _TRUE or value in _FALSE:
            return BooleanToken(span=span, value=value in _TRUE)
        number = _number(value)
        return self._text_token(span, value) if number is None else NumberToken(span=span, value=number, raw=value)

    def _text_token(self, span: Span, raw: str) -> StringToken | ExpressionToken:
        try:
            source = expression_text(raw)
        except UnclosedExpression as error:
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
        return float(int(value, base))
    if _FLOAT.fullmatch(value):
        return float(value)
    special = _SPECIAL.get(value.lower())
    return None if special is None else float(special)


def parse_token(span: Span, source: str, raw: str) -> tuple[StringToken | ExpressionToken, list[Diagnostic]]:
    """An expression as a token; one that can't be parsed stays text, with GitHub's sentence as a diagnostic."""
    try:
        return ExpressionToken(span=span, source=source, raw=raw, expression=parse_expression(source)), []
    except ExpressionError as error:
        return StringToken(span=span, value=raw), [Diagnostic(span=span, rule="expression", message=str(error))]
