"""YAML text to tokens with spans (stop-gap reader: the schema-driven one takes its place)."""

from __future__ import annotations

import re

import yaml

from sluice.expressions.errors import ExpressionError
from sluice.expressions.parser import parse_expression
from sluice.source.diagnostics import Diagnostic
from sluice.source.positions import Position, Span
from sluice.workflow.tokens import (
    BooleanToken,
    ExpressionToken,
    KeyToken,
    MappingToken,
    NullToken,
    NumberToken,
    SequenceToken,
    StringToken,
    Token,
)

_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


class Reader:
    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.text = text
        self.found: list[Diagnostic] = []
        self.anchors: dict[str, Token] = {}

    def read(self) -> Token | None:
        try:
            self.events = list(yaml.parse(self.text, Loader=yaml.CSafeLoader))
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            self.error(
                Span.at(self.file, mark.line + 1 if mark else 1, mark.column + 1 if mark else 1), str(error.problem)
            )
            return None
        self.at = 0
        while not isinstance(self.events[self.at], (yaml.ScalarEvent, yaml.CollectionStartEvent)):
            self.at += 1
            if self.at >= len(self.events):
                return None
        return self.node()

    def error(self, span: Span, message: str) -> None:
        self.found.append(Diagnostic(span=span, rule="syntax", message=message))

    def span(self, event: yaml.Event) -> Span:
        a, b = event.start_mark, event.end_mark
        return Span(self.file, Position(a.line + 1, a.column + 1), Position(b.line + 1, b.column + 1))

    def node(self) -> Token:
        event = self.events[self.at]
        self.at += 1
        if isinstance(event, yaml.AliasEvent):
            return self.anchors[event.anchor]
        token: Token
        if isinstance(event, yaml.ScalarEvent):
            token = self.scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(self.events[self.at], yaml.SequenceEndEvent):
                items.append(self.node())
            self.at += 1
            token = SequenceToken(span=self.span(event), items=tuple(items))
        else:
            entries: list[tuple[KeyToken, Token]] = []
            while not isinstance(self.events[self.at], yaml.MappingEndEvent):
                start = self.events[self.at]
                key = self.node()
                if not isinstance(key, (StringToken, ExpressionToken)):
                    key = StringToken(span=self.span(start), value=str(getattr(start, "value", "")))
                entries.append((key, self.node()))
            self.at += 1
            token = MappingToken(span=self.span(event), entries=tuple(entries))
        if event.anchor:
            self.anchors[event.anchor] = token
        return token

    def scalar(self, event: yaml.ScalarEvent) -> Token:
        span, value = self.span(event), event.value
        if not event.style and event.implicit[0]:
            if value in ("", "~", "null", "Null", "NULL"):
                return NullToken(span=span)
            if value in ("true", "True", "TRUE", "false", "False", "FALSE"):
                return BooleanToken(span=span, value=value.lower() == "true")
            if _INTEGER.fullmatch(value):
                base = {"0o": 8, "0x": 16}.get(value[:2], 10)
                return NumberToken(
                    span=span, value=float(int(value.removeprefix("0o") if base == 8 else value, base)), raw=value
                )
            if _FLOAT.fullmatch(value):
                return NumberToken(span=span, value=float(value), raw=value)
        return self.string(span, value)

    def string(self, span: Span, value: str) -> Token:
        if "${{" not in value:
            return StringToken(span=span, value=value)
        return self.expression(span, value)

    def expression(self, span: Span, raw: str) -> Token:
        parts: list[tuple[bool, str]] = []
        position = 0
        while True:
            start = raw.find("${{", position)
            if start < 0:
                parts.append((False, raw[position:]))
                break
            parts.append((False, raw[position:start]))
            end = _end(raw, start + 3)
            if end < 0:
                self.error(
                    span,
                    "The expression is not closed. An unescaped ${{ sequence was found, but the closing }} sequence was not found.",
                )
                return StringToken(span=span, value=raw)
            parts.append((True, raw[start + 3 : end].strip()))
            position = end + 2
        parts = [part for part in parts if part[0] or part[1]]
        if len(parts) == 1:
            source = parts[0][1]
        else:
            form, arguments = "", []
            for is_expression, text in parts:
                if is_expression:
                    form += f"{{{len(arguments)}}}"
                    arguments.append(text)
                else:
                    form += text.replace("'", "''").replace("{", "{{").replace("}", "}}")
            source = f"format('{form}', {', '.join(arguments)})"
        return self.parsed(span, source, raw)

    def parsed(self, span: Span, source: str, raw: str) -> Token:
        try:
            expression = parse_expression(source)
        except ExpressionError as error:
            self.error(span, str(error))
            return StringToken(span=span, value=raw)
        return ExpressionToken(span=span, source=source, raw=raw, expression=expression)


def _end(raw: str, position: int) -> int:
    quoted = False
    while position < len(raw):
        if raw[position] == "'":
            quoted = not quoted
        elif not quoted and raw.startswith("}}", position):
            return position
        position += 1
    return -1
