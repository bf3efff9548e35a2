from __future__ import annotations

import json

import pytest

from sluice.expressions.errors import ExpressionError
from sluice.expressions.json_text import from_json, to_json
from sluice.expressions.values import Dictionary, Value, from_python, to_python


def test_rule_8_json_is_indented_by_two() -> None:
    value = from_python({"a": [1, {"b": None}], "c": {}, "d": [], "e": True, "f": "x"})
    assert to_json(value) == (
        '{\n  "a": [\n    1,\n    {\n      "b": null\n    }\n  ],\n  "c": {},\n  "d": [],\n  "e": true,\n  "f": "x"\n}'
    )


def test_what_json_must_escape_is_escaped_and_nothing_else() -> None:
    assert to_json('"\\/\b\f\n\r\t\x01\x7fé\u2028😊') == '"\\"\\\\/\\b\\f\\n\\r\\t\\u0001\x7fé\\u2028😊"'


@pytest.mark.slow
def test_a_deep_value_is_written_without_recursion() -> None:
    value: Value = []
    for _ in range(5000):
        value = [value]
    assert to_json(value).count("[") == 5001


def test_a_meter_can_stop_the_writing() -> None:
    def stop(piece: str) -> None:
        raise OverflowError(piece)

    with pytest.raises(OverflowError):
        to_json([1], meter=stop)


def test_reading_gives_values() -> None:
    value = from_json('{"a": [1, 1.5, -0, true, null, "x"], "b": {}}')
    assert isinstance(value, Dictionary)
    assert to_python(value) == {"a": [1, 1.5, 0, True, None, "x"], "b": {}}
    assert isinstance(value["B"], Dictionary)


def test_the_first_of_keys_that_differ_in_case_counts() -> None:
    assert to_python(from_json('{"a": 1, "A": 2}')) == {"a": 1}


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "{",
        "NaN",
        "[Infinity]",
        "1 2",
        "// x\n1",
        "\ufeff1",
        "[" * 101 + "]" * 101,
        "[,]",
        "[1,,]",
        "['a]",
        "a",
    ],
)
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError, match=r"^Error parsing fromJson") as caught:
        from_json(text)
    assert caught.value.kind == "evaluation"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("['3.13', '3.14']", ["3.13", "3.14"]),
        ("{'a': 1, b: [true, null], \"c\": 'd'}", {"a": 1, "b": [True, None], "c": "d"}),
        ("[1, 2,]", [1, 2]),
        ('{"a": 1,\n}', {"a": 1}),
        ("[1, // one\n 2 /* two */]", [1, 2]),
        ("['say \"hi\"', 'it\\'s', '\\u0041', '//', '[,]']", ['say "hi"', "it's", "A", "//", "[,]"]),
        ('["two\nlines"]', ["two\nlines"]),
        ("'x'", "x"),
    ],
)
def test_what_github_reads_beyond_json_is_read(text: str, value: object) -> None:
    assert to_python(from_json(text)) == value


def test_a_hundred_levels_are_read_and_a_million_do_no_harm() -> None:
    assert from_json("[" * 100 + "]" * 100) is not None
    with pytest.raises(ExpressionError):
        from_json("[" * 1_000_000)


def test_half_a_surrogate_pair_is_replaced() -> None:
    assert from_json('"\\ud83d\\ude0a \\ud83d"') == "😊 \ufffd"
    assert to_python(from_json('{"\\uDE0A": 1}')) == {"\ufffd": 1}


def test_a_huge_number_is_infinite() -> None:
    assert from_json("1" * 400) == float("inf")


def test_what_is_written_can_be_read_by_others() -> None:
    value = from_python({"k": ["a\u2028b", 1e20, 1e-7, {"": None}]})
    assert json.loads(to_json(value)) == {"k": ["a\u2028b", 1e20, 1e-7, {"": None}]}
