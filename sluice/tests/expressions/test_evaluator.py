from __future__ import annotations

from collections.abc import Sequence

import pytest

from sluice.expressions.errors import ExpressionError
from sluice.expressions.evaluator import evaluate, trace
from sluice.expressions.parser import parse_expression
from sluice.expressions.syntax import Expression
from sluice.expressions.values import CaseSensitiveDictionary, Dictionary, Value, from_python, to_python

CONTEXTS: dict[str, Value] = {
    "github": from_python({"event_name": "push", "ref": "refs/heads/main", "labels": [{"name": "a"}, {"name": "b"}]}),
    "nothing": None,
}


def _value(text: str, **contexts: object) -> object:
    given = {name: from_python(value) for name, value in contexts.items()} or CONTEXTS
    return to_python(evaluate(parse_expression(text), given))


def test_and_and_or_give_an_operand_back() -> None:
    assert _value("'' || 'default'") == "default"
    assert _value("0 && 'never'") == 0
    assert _value("'a' && 'b' && 'c'") == "c"
    assert _value("null || 0 || ''") == ""


def test_what_is_not_needed_is_not_evaluated() -> None:
    assert _value("false && fromJSON('broken')") is False
    assert _value("true || fromJSON('broken')") is True
    assert _value("case(true, 1, fromJSON('broken'))") == 1
    assert _value("format('x', fromJSON('broken'))") == "x"


def test_context_names_and_properties_ignore_case() -> None:
    assert _value("GITHUB.Event_Name") == "push"


def test_an_environment_can_tell_cases_apart() -> None:
    env = CaseSensitiveDictionary({"PATH": "a", "path": "b"})
    expression = parse_expression("format('{0}{1}{2}', env.PATH, env.path, env.Path)")
    assert evaluate(expression, {"env": env}) == "ab"


def test_a_context_that_is_not_there_is_null() -> None:
    assert _value("matrix.os") is None
    assert _value("matrix") is None


def test_a_property_of_a_primitive_is_null_and_its_index_is_not_evaluated() -> None:
    assert _value("nothing.at.all") is None
    assert _value("nothing[fromJSON('broken')]") is None


def test_a_wildcard_collects_and_skips_what_is_missing() -> None:
    items = [{"a": 1}, {"b": 2}, {"a": None}, 3]
    assert _value("items.*.a", items=items) == [1, None]
    assert _value("items.*.a.b", items=items) == []


def test_a_wildcard_inside_of_an_index_is_no_wildcard_of_the_outside() -> None:
    assert _value("items[items.*[0]]", items=["x"]) is None


def test_objects_are_equal_only_to_themselves() -> None:
    assert _value("a == a", a={"x": 1}) is True
    assert _value("a == b", a={"x": 1}, b={"x": 1}) is False
    assert _value("a.x == a.x", a={"x": []}) is True


def test_given_functions_get_their_arguments_as_values() -> None:
    seen: list[Sequence[Value]] = []

    def hash_files(arguments: Sequence[Value]) -> Value:
        seen.append(arguments)
        return "digest"

    expression = parse_expression("HashFiles('a', github.ref)")
    assert evaluate(expression, CONTEXTS, {"hashFiles": hash_files}) == "digest"
    assert [list(arguments) for arguments in seen] == [["a", "refs/heads/main"]]


def test_an_unknown_function_is_named() -> None:
    with pytest.raises(ExpressionError, match=r"^Unrecognized function: 'nope'$"):
        evaluate(parse_expression("nope()"), {})


def test_a_trace_has_every_part_that_was_evaluated_in_order() -> None:
    text = "github.event_name == 'push' && (github.ref == 'x' || startsWith(github.ref, 'refs')) || never.reached"
    value, seen = trace(parse_expression(text), CONTEXTS)

    def source(node: Expression) -> str:
        return text[node.start : node.end]

    assert value is True
    assert [(source(node), found) for node, found in seen if not isinstance(found, Dictionary)] == [
        ("github.event_name", "push"),
        ("github.event_name == 'push'", True),
        ("github.ref", "refs/heads/main"),
        ("github.ref == 'x'", False),
        ("github.ref", "refs/heads/main"),
        ("startsWith(github.ref, 'refs')", True),
        ("github.ref == 'x' || startsWith(github.ref, 'refs')", True),
        ("github.event_name == 'push' && (github.ref == 'x' || startsWith(github.ref, 'refs'))", True),
        (text, True),
    ]
