"""Laws that hold for every text and every value."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from sluice.expressions.casing import fold_case
from sluice.expressions.conversion import (
    compare_greater,
    compare_less,
    from_json,
    is_truthy,
    loosely_equal,
    to_json,
    to_number,
    to_text,
)
from sluice.expressions.errors import ExpressionError
from sluice.expressions.outside import evaluate_case
from sluice.expressions.parser import parse_expression
from sluice.expressions.syntax import Expression
from sluice.expressions.traversal import walk
from sluice.expressions.values import from_python, to_python

_SCRAPS = ["a", "b.c", "(", ")", "[", "]", ".", "*", "'", "'x'", ",", "!", "==", "&&", "||", "<", "1", "-", " ", "f("]
_texts = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(_SCRAPS), max_size=30).map("".join))
_primitives = st.one_of(st.none(), st.booleans(), st.floats(), st.text(max_size=8))
_data = st.recursive(
    st.one_of(st.none(), st.booleans(), st.floats(-1e9, 1e9), st.text(max_size=8)),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=4), children, max_size=4),
    max_leaves=12,
)


def _parse(text: str) -> tuple[Expression | None, ExpressionError | None]:
    try:
        return parse_expression(text), None
    except ExpressionError as error:
        return None, error


@given(_texts)
def test_reading_any_text_gives_a_tree_or_an_expression_error(text: str) -> None:
    tree, error = _parse(text)
    assert (tree is None) != (error is None)
    for node in walk(tree) if tree else ():
        assert 0 <= node.start <= node.end <= len(text)
    if error:
        assert error.kind in ("lexing", "parsing")
        assert 0 <= error.position <= len(text)


@given(_texts, st.dictionaries(st.sampled_from(["a", "b"]), _data))
def test_any_case_has_an_answer(text: str, contexts: dict[str, object]) -> None:
    answer = evaluate_case({"expr": text, "contexts": contexts})
    assert answer.keys() in ({"kind", "value"}, {"error"})


@given(_primitives, _primitives)
def test_equality_is_symmetric_and_orders_exclude_each_other(left: object, right: object) -> None:
    first, second = from_python(left), from_python(right)
    assert loosely_equal(first, second) == loosely_equal(second, first)
    assert compare_less(first, second) == compare_greater(second, first)
    assert loosely_equal(first, second) + compare_less(first, second) + compare_greater(first, second) <= 1


@given(st.text())
def test_strings_are_compared_by_their_folded_form(text: str) -> None:
    assert fold_case(fold_case(text)) == fold_case(text)
    assert len(fold_case(text)) == len(text)
    assert loosely_equal(text, fold_case(text))


@given(st.floats(allow_nan=False))
def test_a_printed_number_reads_back_to_15_digits(number: float) -> None:
    assert math.isclose(to_number(to_text(number)), number, rel_tol=1e-14) or math.isinf(to_number(to_text(number)))


@given(_data)
def test_json_reads_back_as_the_same_value(data: object) -> None:
    value = from_python(data)
    written = to_json(value)
    assert to_json(from_json(written)) == written
    assert is_truthy(from_json(written)) == is_truthy(from_python(to_python(value))) or isinstance(data, float)
