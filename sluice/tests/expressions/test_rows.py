"""What implementations of GitHub's expressions get wrong, row by row."""

from __future__ import annotations

import math

import pytest

from sluice.expressions.errors import ExpressionError
from sluice.expressions.evaluator import evaluate
from sluice.expressions.parser import parse_expression
from sluice.expressions.values import from_python, to_python

CONTEXTS = {
    "a": from_python({"list": [1, "x"], "object": {"k": "v"}, "text": "t"}),
    "b": from_python({"list": [1, "x"]}),
}


def value(text: str) -> object:
    return to_python(evaluate(parse_expression(text), CONTEXTS))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("null == 0", True),
        ("null == ''", True),
        ("true == 1", True),
        ("true == 'true'", False),
        ("'' == 0", True),
        ("'1' == 1", True),
        ("'x' == 0", False),
        ("a.list == a.list", True),
        ("a.list == b.list", False),
        ("a.object == 'Object'", False),
    ],
)
def test_rule_1_operands_of_different_kinds_compare_as_numbers(text: str, expected: bool) -> None:
    assert value(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("'ABC' == 'abc'", True), ("'É' == 'é'", True), ("'a' < 'B'", True), ("'B' > 'a'", True), ("'a' < 'A'", False)],
)
def test_rule_2_texts_compare_without_regard_to_case(text: str, expected: bool) -> None:
    assert value(text) is expected


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 0),
        ("  12  ", 12),
        ("0X1f", math.nan),
        ("0x1f", 31),
        ("0o17", 15),
        ("-Infinity", -math.inf),
        ("1a", math.nan),
    ],
)
def test_rule_3_a_text_becomes_a_number(text: str, number: float) -> None:
    """Seen by comparing: what is no number is neither below nor above anything."""
    compared = [
        value(f"'{text}' {operator} {'-Infinity' if number == -math.inf else 30}") for operator in ("<", "==", ">")
    ]
    bound = -math.inf if number == -math.inf else 30
    assert compared == [number < bound, number == bound, number > bound]


@pytest.mark.parametrize("text", ["false", "0", "-0", "''", "null", "a.missing", "NaN"])
def test_rule_4_what_is_falsy(text: str) -> None:
    assert value(f"!({text})") is True


@pytest.mark.parametrize("text", ["'false'", "'0'", "a.list", "a.object", "-1", "Infinity", "' '"])
def test_rule_4_what_is_truthy(text: str) -> None:
    assert value(f"!({text})") is False


def test_rule_5_and_and_or_give_an_operand() -> None:
    assert value("'x' && 5") == 5
    assert value("0 || 'y'") == "y"
    assert value("'' && 5") == ""


def test_rule_6_numbers_print_with_15_digits() -> None:
    printed = value("format('{0} {1} {2} {3} {4}', 1000.12345678901234, -0, 1e15, 0.1, 123456789012345678)")
    assert printed == "1000.12345678901 0 1E+15 0.1 1.23456789012346E+17"


def test_rule_7_contains_is_loose_and_a_star_needs_a_collection() -> None:
    assert value("contains(a.list, '1')") is True
    assert value("contains(a.list, 'X')") is True
    assert value("a.text.*") == []
    assert value("join(a.*.k)") == "v"


def test_rule_8_to_json_format_and_case() -> None:
    assert value("toJSON(a.object)") == '{\n  "k": "v"\n}'
    assert value("format('{{0}} {0}', 'x')") == "{0} x"
    assert value("case(a.text == 'x', 1, a.text == 't', 2, 3)") == 2


@pytest.mark.parametrize("text", ["case('yes', 1, 2)", "case(true, 1)", "case(true, 1, false, 2)", "case(1)"])
def test_rule_8_case_wants_predicates_and_a_last_value(text: str) -> None:
    with pytest.raises(ExpressionError):
        value(text)
