"""A job's matrix and what it expands to, exactly as on GitHub.

In: the matrix as written, and the contexts its expressions may see. Out: its legs in order, or every diagnostic.

Vectors are multiplied, the last one fastest. ``exclude`` takes combinations away. An ``include`` row's keys that name
a vector filter, compared as ``==`` does; its other keys are added to every combination that passes (a row without
filters passes them all). A later row may change what an earlier one added, never a vector's value. A row that no
combination passes stands alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from msgspec import Struct

from sluice.expressions.conversion import is_truthy
from sluice.expressions.evaluator import evaluate
from sluice.expressions.syntax import Compare, ContextAccess, Expression, Index, Literal
from sluice.expressions.values import Dictionary, Value
from sluice.plan.graph.naming import segments_of
from sluice.plan.graph.places import key_span_at, span_at
from sluice.plan.problems import evaluated, unexpected
from sluice.source.diagnostics import Diagnostic
from sluice.source.errors import InvalidInputError
from sluice.source.positions import Span
from sluice.workflow.evaluation import Scope, evaluate_token
from sluice.workflow.tokens import Token, is_literal

LEG_LIMIT = 256
_PRODUCT_LIMIT = 100_000
_RULE = "matrix"


class Leg(Struct, frozen=True, kw_only=True):
    """One combination: its values, and the texts of those that go into the job's name."""

    values: Dictionary
    segments: tuple[str, ...]


class _Row(Struct, frozen=True, kw_only=True):
    """An ``include`` row: the part that filters, as conditions and as values, and what it adds."""

    conditions: tuple[Expression, ...]
    filter: Dictionary
    extra: Dictionary


def expand_matrix(token: Token, scope: Scope) -> tuple[Leg, ...]:
    """The legs of a matrix. Empty only when ``exclude`` takes every combination and nothing is included.

    Raises ``InvalidInputError`` with every diagnostic.
    """
    return _Builder(token, evaluated(lambda: evaluate_token(token, scope))).build()


def literal_problems(token: Token) -> tuple[Diagnostic, ...]:
    """What is wrong with a matrix that is written out; nothing is known yet of one that an expression makes."""
    if not is_literal(token):
        return ()
    try:
        expand_matrix(token, Scope(contexts={}))
    except InvalidInputError as error:
        return error.diagnostics
    return ()


class _Builder:
    """Reads an evaluated matrix, collecting what is wrong with it."""

    def __init__(self, token: Token, value: Value) -> None:
        self.token = token
        self.value = value
        self.found: list[Diagnostic] = []

    def build(self) -> tuple[Leg, ...]:
        if not isinstance(self.value, Dictionary):
            self.report(self.token.span, unexpected(self.value), "a matrix is a mapping of names to lists of values")
            raise InvalidInputError(self.found)
        vectors = self.read_vectors(self.value)
        rows = [self.read_row(place, row, vectors) for place, row in self.read_rows(self.value, "include")]
        excluded = [self.read_exclude(place, row, vectors) for place, row in self.read_rows(self.value, "exclude")]
        if not self.found and not vectors and not rows:
            self.report(self.token.span, "Matrix must define at least one vector")
        self.check_size(vectors)
        if self.found:
            raise InvalidInputError(self.found)
        return self.limited(_legs(vectors, rows, excluded))

    def report(self, span: Span, message: str, hint: str | None = None) -> None:
        self.found.append(Diagnostic(span=span, rule=_RULE, message=message, hint=hint))

    def read_vectors(self, matrix: Dictionary) -> dict[str, list[Value]]:
        vectors: dict[str, list[Value]] = {}
        for name, value in matrix.items():
            if name in {"include", "exclude"}:
                continue
            if not isinstance(value, list):
                self.report(span_at(self.token, name), unexpected(value), f"'{name}' must be a list of values")
            elif not value:
                self.report(span_at(self.token, name), f"Matrix vector '{name}' does not contain any values")
            else:
                vectors[name] = value
        return vectors

    def read_rows(self, matrix: Dictionary, key: str) -> Iterator[tuple[int, Dictionary]]:
        rows = matrix.get(key)
        if key not in matrix:
            return
        if not isinstance(rows, list):
            self.report(span_at(self.token, key), unexpected(rows), f"'{key}' must be a list of mappings")
            return
        for place, row in enumerate(rows):
            if isinstance(row, Dictionary):
                yield place, row
            else:
                self.report(span_at(self.token, key, place), unexpected(row), f"'{key}' must be a list of mappings")

    def read_row(self, place: int, row: Dictionary, vectors: dict[str, list[Value]]) -> _Row:
        if not row:
            self.report(span_at(self.token, "include", place), "Matrix include mapping does not contain any values")
        names = {name.lower() for name in vectors}
        filters = Dictionary({key: value for key, value in row.items() if key.lower() in names})
        extra = Dictionary({key: value for key, value in row.items() if key.lower() not in names})
        return _Row(conditions=tuple(_conditions(filters)), filter=filters, extra=extra)

    def read_exclude(self, place: int, row: Dictionary, vectors: dict[str, list[Value]]) -> tuple[Expression, ...]:
        if not row:
            self.report(span_at(self.token, "exclude", place), "Matrix exclude filter must not be empty")
        names = {name.lower() for name in vectors}
        for key in row:
            if key.lower() not in names:
                message = f"Matrix exclude key '{key}' does not match any key within the matrix"
                hint = f"the keys are: {', '.join(vectors)}" if vectors else None
                self.report(key_span_at(self.token, "exclude", place, key), message, hint)
        return tuple(_conditions(row))

    def check_size(self, vectors: dict[str, list[Value]]) -> None:
        product = math.prod(len(vector) for vector in vectors.values())
        if product > _PRODUCT_LIMIT:
            self.report(self.token.span, f"The matrix multiplies to {product} combinations", _limit_hint())

    def limited(self, legs: Iterator[Leg]) -> tuple[Leg, ...]:
        made = tuple(legs)
        if len(made) > LEG_LIMIT:
            self.report(self.token.span, f"The matrix makes {len(made)} jobs", _limit_hint())
            raise InvalidInputError(self.found)
        return made


def _limit_hint() -> str:
    return f"a matrix may make at most {LEG_LIMIT} jobs"


def _legs(vectors: dict[str, list[Value]], rows: list[_Row], excluded: list[tuple[Expression, ...]]) -> Iterator[Leg]:
    alone = dict.fromkeys(range(len(rows)))
    for combination in _combinations(vectors):
        if any(_passes(conditions, combination) for conditions in excluded):
            continue
        values = Dictionary(combination)
        for place, row in enumerate(rows):
            if _passes(row.conditions, combination):
                alone.pop(place, None)
                _add(values, row.extra)
        yield Leg(values=values, segments=tuple(segments_of(combination)))
    for place in alone:
        yield _standing_alone(rows[place])


def _combinations(vectors: dict[str, list[Value]]) -> Iterator[Dictionary]:
    size = math.prod(len(vector) for vector in vectors.values()) if vectors else 0
    for index in range(size):
        block = size
        combination = Dictionary()
        for name, vector in vectors.items():
            block //= len(vector)
            combination[name] = vector[index // block % len(vector)]
        yield combination


def _passes(conditions: Sequence[Expression], combination: Dictionary) -> bool:
    return all(is_truthy(evaluate(condition, {"matrix": combination})) for condition in conditions)


def _add(values: Dictionary, extra: Dictionary) -> None:
    for key, value in extra.items():
        values[key] = value


def _standing_alone(row: _Row) -> Leg:
    values = Dictionary(row.filter)
    _add(values, row.extra)
    return Leg(values=values, segments=tuple(segments_of(values)))


def _conditions(filters: Dictionary) -> Iterator[Expression]:
    """``matrix.a.b == leaf`` for every leaf of a filter."""
    return _leaf_conditions(ContextAccess(start=0, end=0, name="matrix"), filters)


def _leaf_conditions(path: Expression, value: Value) -> Iterator[Expression]:
    match value:
        case Dictionary():
            for key, item in value.items():
                yield from _leaf_conditions(_index(path, key), item)
        case list():
            for place, item in enumerate(value):
                yield from _leaf_conditions(_index(path, float(place)), item)
        case _:
            yield Compare(start=0, end=0, operator="==", left=path, right=Literal(start=0, end=0, value=value))


def _index(path: Expression, key: str | float) -> Expression:
    return Index(start=0, end=0, operand=path, index=Literal(start=0, end=0, value=key))
