from __future__ import annotations

import pytest

from sluice.expressions.errors import ExpressionError
from sluice.expressions.evaluator import evaluate
from sluice.expressions.parser import parse_expression
from sluice.expressions.values import Value, from_python, to_python


def _value(text: str, **contexts: object) -> object:
    named: dict[str, Value] = {name: from_python(value) for name, value in contexts.items()}
    return to_python(evaluate(parse_expression(text), named))


def test_contains_compares_the_items_of_an_array_loosely() -> None:
    assert _value("contains(a, '1')", a=[1]) is True
    assert _value("contains(a, 'X')", a=["x"]) is True
    assert _value("contains(a, 'x')", a=["xy"]) is False
    assert _value("contains(a, 'x')", a={"x": "x"}) is False


def test_contains_of_text_ignores_case_and_coerces() -> None:
    assert _value("contains('ABC', 'b')") is True
    assert _value("contains(true, 'RU')") is True
    assert _value("contains('abc', a)", a=[]) is False


def test_starts_and_ends_with_are_false_for_collections() -> None:
    assert _value("startsWith(a, '')", a=[]) is False
    assert _value("endsWith('', a)", a={}) is False


def test_join_names_collections_by_their_kind() -> None:
    assert _value("join(a)", a=[1, None, True, [], {}]) == "1,,true,Array,Object"
    assert _value("join(a, '')", a=["x", "y"]) == "xy"


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{0}{1}{0}", "aba"),
        ("{{{0}}}", "{a}"),
        ("{{{{}}}}", "{{}}"),
        ("{{0}}{1}", "{0}b"),
        ("{00}", "a"),
        ("{0}}}", "a}"),
    ],
)
def test_format_fills_in_and_unescapes(template: str, expected: str) -> None:
    assert _value(f"format('{template}', 'a', 'b')") == expected


@pytest.mark.parametrize("template", ["{", "}", "{}", "{a}", "{-1}", "{0", "{0}}", "{ 0}", "{256}", "{0}{", "{0{1}}"])
def test_format_refuses_a_malformed_text(template: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        _value(f"format('{template}', 'a', 'b')")
    assert str(caught.value) == f"The following format string is invalid: {template}"


def test_format_refuses_missing_arguments_and_specifiers() -> None:
    with pytest.raises(ExpressionError, match=r"references more arguments than were supplied: \{1\}$"):
        _value("format('{1}', 'a')")
    with pytest.raises(
        ExpressionError, match="The format specifiers 'yyyy' are not valid for objects of type 'String'"
    ):
        _value("format('{0:yyyy}', 'a')")


def test_case_takes_the_first_true_predicate_and_refuses_what_is_no_boolean() -> None:
    assert _value("case(false, 1, true, 2, true, 3, 4)") == 2
    with pytest.raises(ExpressionError, match=r"^case predicate must evaluate to a boolean value$"):
        _value("case(null, 1, 2)")


@pytest.mark.parametrize(
    "text",
    [
        "format('{0}{0}', " * 30 + "github.big" + ")" * 30,
        "format('" + "{0}" * 6000 + "', github.big)",
        "join(fromJSON(format('[{0}]', github.list)), github.big)",
        "format('{0}{1}', toJSON(github.nested), toJSON(github.nested.*.*))",
    ],
)
def test_a_bomb_is_refused_before_it_is_built(text: str) -> None:
    github = from_python(
        {"big": "x" * 100_000, "list": ",".join(["1"] * 10_000), "nested": [[["y" * 1000] * 40] * 40] * 100}
    )
    with pytest.raises(ExpressionError, match="The maximum allowed memory size was exceeded"):
        evaluate(parse_expression(text), {"github": github})


def test_what_a_function_let_go_does_not_count() -> None:
    text = " && ".join(f"startsWith(format('{{0}}{number}', big), 'x')" for number in range(30))
    assert evaluate(parse_expression(text), {"big": "x" * 400_000}) is True
