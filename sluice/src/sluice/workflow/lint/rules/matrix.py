"""Rules for ``strategy.matrix`` where it is written out in the file."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from sluice.expressions.conversion import loosely_equal
from sluice.source.diagnostics import Severity
from sluice.workflow.lint.rule import Finding, rule
from sluice.workflow.lint.subject import Subject
from sluice.workflow.tokens import (
    BooleanToken,
    ExpressionToken,
    MappingToken,
    NullToken,
    NumberToken,
    SequenceToken,
    StringToken,
    Token,
)

_MAX_JOBS = 256
_SPECIAL = ("include", "exclude")


def matrix_keys(matrix: Token) -> tuple[str, ...] | None:
    """Every key that a leg may have, ``include`` counted in; ``None`` where one is only known later."""
    if not isinstance(matrix, MappingToken):
        return None
    keys = [key.value for key, _ in matrix.literal_items()]
    if len(keys) < len(matrix.entries):
        return None
    include = matrix.get("include")
    rows = _literal_rows(include)
    if include is not None and rows is None:
        return None
    names = [key for key in keys if key not in _SPECIAL]
    names += [key.value for row in rows or () for key, _ in row.literal_items()]
    return tuple(dict.fromkeys(names))


def _literal_rows(token: Token | None) -> tuple[MappingToken, ...] | None:
    """The rows of an ``include`` or ``exclude``; ``None`` where there are none or one is no plain mapping."""
    if not isinstance(token, SequenceToken):
        return None
    rows = tuple(item for item in token.items if isinstance(item, MappingToken))
    plain = all(isinstance(key, StringToken) for row in rows for key, _ in row.entries)
    return rows if plain and len(rows) == len(token.items) else None


def _matrices(subject: Subject) -> Iterator[MappingToken]:
    for job in subject.workflow.jobs.values():
        if job.strategy and isinstance(job.strategy.matrix, MappingToken):
            yield job.strategy.matrix


def _axes(matrix: MappingToken) -> dict[str, Token]:
    return {key.value: value for key, value in matrix.literal_items() if key.value not in _SPECIAL}


def _same(left: Token, right: Token) -> bool | None:
    """Whether two values are the same, as GitHub compares them; ``None`` where an expression decides."""
    if isinstance(left, SequenceToken) and isinstance(right, SequenceToken):
        if len(left.items) != len(right.items):
            return False
        return _all_same(zip(left.items, right.items, strict=True))
    if isinstance(left, (ExpressionToken, MappingToken)) or isinstance(right, (ExpressionToken, MappingToken)):
        return None
    if isinstance(left, SequenceToken) or isinstance(right, SequenceToken):
        return False
    return loosely_equal(_value(left), _value(right))


def _value(literal: NullToken | BooleanToken | NumberToken | StringToken) -> bool | float | str | None:
    return None if isinstance(literal, NullToken) else literal.value


def _all_same(pairs: Iterator[tuple[Token, Token]]) -> bool | None:
    answers = [_same(left, right) for left, right in pairs]
    if False in answers:
        return False
    return None if None in answers else True


@rule(
    Severity.ERROR,
    "An `exclude` row may only name keys of the matrix; GitHub fails the run otherwise.",
    "exclude: [{pyhton: '3.8'}]",
)
def unknown_exclude_key(subject: Subject) -> Iterator[Finding]:
    """Keys of ``exclude`` rows that are no keys of the matrix."""
    for matrix in _matrices(subject):
        axes = _axes(matrix)
        if len(axes) + sum(key.value in _SPECIAL for key, _ in matrix.literal_items()) < len(matrix.entries):
            continue
        for row in _literal_rows(matrix.get("exclude")) or ():
            for key, _ in row.literal_items():
                if key.value not in axes:
                    yield Finding(
                        span=key.span,
                        message=f"Matrix exclude key '{key.value}' does not match any key within the matrix",
                        allowed=tuple(axes),
                    )


@rule(
    Severity.WARNING,
    "An `exclude` row with a value that the matrix does not have excludes nothing.",
    "matrix: {os: [linux], exclude: [{os: windows}]}",
)
def exclude_without_effect(subject: Subject) -> Iterator[Finding]:
    """Values of ``exclude`` rows that are no values of their key."""
    for matrix in _matrices(subject):
        axes = _axes(matrix)
        for row in _literal_rows(matrix.get("exclude")) or ():
            for key, value in row.literal_items():
                axis = axes.get(key.value)
                if isinstance(axis, SequenceToken) and all(_same(item, value) is False for item in axis.items):
                    yield Finding(
                        span=value.span,
                        message=f"This value is not among those of '{key.value}': the row excludes nothing",
                    )


@rule(
    Severity.WARNING,
    "A value that stands twice in a row of the matrix runs the same job twice.",
    "matrix: {python: ['3.11', '3.11']}",
)
def duplicate_matrix_value(subject: Subject) -> Iterator[Finding]:
    """Equal values in one row."""
    for matrix in _matrices(subject):
        for name, axis in _axes(matrix).items():
            items = axis.items if isinstance(axis, SequenceToken) else ()
            for number, item in enumerate(items):
                if any(_same(earlier, item) for earlier in items[:number]):
                    yield Finding(span=item.span, message=f"This value stands twice under '{name}'")


@rule(
    Severity.ERROR,
    "A matrix makes 256 jobs at most; GitHub fails the run otherwise.",
    "matrix: {a: [1, ..., 20], b: [1, ..., 20]}",
)
def matrix_too_large(subject: Subject) -> Iterator[Finding]:
    """Written-out matrices without ``exclude`` whose product is too large."""
    for matrix in _matrices(subject):
        axes = _axes(matrix)
        lengths = [len(axis.items) for axis in axes.values() if isinstance(axis, SequenceToken)]
        count = prod(lengths) if lengths else 0
        if count > _MAX_JOBS and matrix.get("exclude") is None and len(lengths) == len(axes):
            yield Finding(span=matrix.span, message=f"The matrix makes {count} jobs; {_MAX_JOBS} is the most")


RULES = (unknown_exclude_key, exclude_without_effect, duplicate_matrix_value, matrix_too_large)
