from __future__ import annotations

import pytest

from sluice.expressions.parser import parse_expression
from sluice.expressions.syntax import ContextAccess, Literal
from sluice.expressions.traversal import contexts_in, functions_in, has_status_function, walk

TEXT = "!a.b && (c[d.e] == 'x' || format('{0}', f.*))"


def test_a_walk_meets_every_part_in_reading_order() -> None:
    nodes = list(walk(parse_expression(TEXT)))
    assert [node.name for node in nodes if isinstance(node, ContextAccess)] == ["a", "c", "d", "f"]
    assert [node.value for node in nodes if isinstance(node, Literal)] == ["b", "e", "x", "{0}"]


def test_the_names_in_an_expression() -> None:
    expression = parse_expression("Format('{0}', GitHub.sha) && hashFiles(env.x)")
    assert functions_in(expression) == {"format", "hashfiles"}
    assert contexts_in(expression) == {"github", "env"}


@pytest.mark.parametrize("text", ["always()", "!Cancelled()", "a || (b && failure())", "format('{0}', success())"])
def test_a_status_function_is_found_anywhere(text: str) -> None:
    assert has_status_function(parse_expression(text))


@pytest.mark.parametrize("text", ["true", "success", "a.always", "'failure()'", "contains(a, 'cancelled()')"])
def test_what_only_looks_like_a_status_function_is_none(text: str) -> None:
    assert not has_status_function(parse_expression(text))
