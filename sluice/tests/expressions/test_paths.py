from __future__ import annotations

from sluice.expressions.parser import parse_expression
from sluice.expressions.paths import flowing_paths, paths_in


def _paths(text: str) -> list[str]:
    return [".".join(name or "?" for name in path.written) for path in paths_in(parse_expression(text))]


def _flowing(text: str) -> list[str]:
    return [".".join(name or "?" for name in path.written) for path in flowing_paths(parse_expression(text))]


def test_paths_are_the_longest_chains() -> None:
    assert _paths("a.b['c'].*.D && f(e[0], g)") == ["a.b.c.*.D", "e.?", "g"]


def test_an_index_that_is_computed_is_a_path_of_its_own() -> None:
    assert _paths("needs[matrix.name].result") == ["needs.?.result", "matrix.name"]


def test_only_what_can_become_text_flows() -> None:
    assert _flowing("format('{0}{1}', a.b, join(c.*.d, e))") == ["a.b", "c.*.d", "e"]
    assert _flowing("a || b && c") == ["a", "b", "c"]
    assert _flowing("!a || b == c || contains(d, e) || hashFiles(f)") == []
    assert _flowing("case(a == b, c, d)") == ["c", "d"]
    assert _flowing("fromJSON(a).b") == ["a"]
