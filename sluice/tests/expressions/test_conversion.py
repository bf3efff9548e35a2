from __future__ import annotations

import math

import pytest

from sluice.expressions.conversion import (
    compare_greater,
    compare_less,
    is_truthy,
    kind_of,
    loosely_equal,
    to_number,
    to_text,
)
from sluice.expressions.values import Dictionary, Value


def test_rule_1_operands_of_different_kinds_compare_as_numbers() -> None:
    assert loosely_equal(None, 0)
    assert loosely_equal(True, "1")
    assert loosely_equal("", 0)
    assert loosely_equal(None, "")
    assert not loosely_equal("true", True)
    assert not loosely_equal(None, "null")


def test_rule_1_collections_are_equal_only_by_reference() -> None:
    shared: list[Value] = []
    assert loosely_equal(shared, shared)
    assert not loosely_equal([], [])
    assert not loosely_equal(Dictionary(), None)
    assert not loosely_equal([], "Array")


def test_rule_2_strings_compare_without_regard_to_case_and_ordinally() -> None:
    assert loosely_equal("ABC", "abc")
    assert loosely_equal("Σ", "ς")
    assert not loosely_equal("ß", "ss")
    assert not loosely_equal("ı", "I")
    assert not compare_less("a", "A")
    assert compare_less("a", "B")
    assert compare_greater("_", "a")  # compared as upper case


def test_strings_sort_by_utf_16_units() -> None:
    assert compare_less("😊", "\uffff")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 0),
        ("  ", 0),
        (" 12 ", 12),
        ("+1.5e3", 1500),
        (".5", 0.5),
        ("5.", 5),
        ("0xff", 255),
        ("0o17", 15),
        ("Infinity", math.inf),
        ("-Infinity", -math.inf),
        ("1e999", math.inf),
        ("0xFFFFFFFF", -1),
        ("0x7fffffff", 2147483647),
    ],
)
def test_rule_3_text_to_number(text: str, number: float) -> None:
    assert to_number(text) == number


@pytest.mark.parametrize(
    "text", ["a", "1a", "0x", "0xg", "0o8", "-0x1", "1_000", "١", "nan", ".", "e1", "1e", "0x100000000", "--1", "1 2"]
)
def test_rule_3_what_is_no_number_is_nan(text: str) -> None:
    assert math.isnan(to_number(text))


@pytest.mark.parametrize("value", [False, 0, 0.0, -0.0, math.nan, "", None])
def test_rule_4_falsy(value: Value) -> None:
    assert not is_truthy(value)


@pytest.mark.parametrize("value", [True, 1, -0.5, "false", "0", " ", [], Dictionary()])
def test_rule_4_truthy(value: Value) -> None:
    assert is_truthy(value)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (-0.0, "0"),
        (1, "1"),
        (0.1 + 0.2, "0.3"),
        (1 / 3, "0.333333333333333"),
        (123456789012345, "123456789012345"),
        (1e15, "1E+15"),
        (1.5e-5, "1.5E-05"),
        (0.0001, "0.0001"),
        (1e100, "1E+100"),
        (math.nan, "NaN"),
        (-math.inf, "-Infinity"),
    ],
)
def test_rule_6_numbers_print_with_15_significant_digits(number: float, text: str) -> None:
    assert to_text(number) == text


def test_nan_is_equal_to_nothing_and_neither_less_nor_greater() -> None:
    others: list[Value] = [math.nan, 0, None, "a", [], Dictionary()]
    for other in others:
        assert not loosely_equal(math.nan, other)
        assert not compare_less(math.nan, other)
        assert not compare_greater(math.nan, other)


def test_kinds_have_githubs_names() -> None:
    values: list[Value] = [None, True, 1, 1.5, "", [], Dictionary()]
    assert [kind_of(value) for value in values] == [
        "Null",
        "Boolean",
        "Number",
        "Number",
        "String",
        "Array",
        "Object",
    ]
