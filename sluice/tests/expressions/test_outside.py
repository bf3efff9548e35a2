from __future__ import annotations

import json

import pytest

from sluice.expressions.outside import evaluate_case


def test_an_answer_is_kind_and_value() -> None:
    assert evaluate_case({"expr": "a.b", "contexts": {"a": {"B": [1, 2.5, "x", None]}}}) == {
        "kind": "Array",
        "value": [1, 2.5, "x", None],
    }


@pytest.mark.parametrize(
    ("expression", "kind", "message"),
    [
        ("1 = 1", "lexing", "Unexpected symbol: '='. Located at position 3 within expression: 1 = 1"),
        ("1 ==", "parsing", "Unexpected end of expression: '=='. Located at position 3 within expression: 1 =="),
        ("env.x", "parsing", "Unrecognized named-value: 'env'. Located at position 1 within expression: env.x"),
        ("always()", "parsing", "Unrecognized function: 'always'. Located at position 1 within expression: always()"),
        ("format('{')", "evaluation", "The following format string is invalid: {"),
        ("1" * 21001, "parsing", "Exceeded max expression length 21000"),
    ],
)
def test_an_error_has_a_kind_and_githubs_sentence(expression: str, kind: str, message: str) -> None:
    assert evaluate_case({"expr": expression}) == {"error": {"kind": kind, "message": message}}


@pytest.mark.parametrize(
    "case", [None, [], {}, {"expr": 1}, {"expr": "1", "contexts": []}, {"expr": "1", "contexts": "x"}]
)
def test_a_malformed_case_is_an_error_of_kind_input(case: object) -> None:
    answer = evaluate_case(case)
    assert isinstance(answer["error"], dict)
    assert answer["error"]["kind"] == "input"


def test_deep_contexts_are_refused() -> None:
    deep: object = 1
    for _ in range(5000):
        deep = [deep]
    answer = evaluate_case({"expr": "a", "contexts": {"a": deep}})
    assert answer == {"error": {"kind": "input", "message": "'contexts' is nested more than 200 deep"}}


def test_numbers_that_json_does_not_have_are_null() -> None:
    assert evaluate_case({"expr": "NaN"}) == {"kind": "Number", "value": None}
    assert evaluate_case({"expr": "-Infinity"}) == {"kind": "Number", "value": None}
    assert json.dumps(evaluate_case({"expr": "-0"})) == '{"kind": "Number", "value": 0}'


def test_an_answer_never_holds_the_callers_objects() -> None:
    contexts = {"a": {"b": [1]}}
    answer = evaluate_case({"expr": "a.b", "contexts": contexts})
    assert answer["value"] == [1]
    assert answer["value"] is not contexts["a"]["b"]
