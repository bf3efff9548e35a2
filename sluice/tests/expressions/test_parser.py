from __future__ import annotations

import pytest

from sluice.expressions.errors import ExpressionError
from sluice.expressions.parser import MAX_LENGTH, parse_expression
from sluice.expressions.syntax import Call, Compare, ContextAccess, Index, Literal, Logical, Not, Wildcard


def _error(text: str, **names: list[str]) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        parse_expression(text, **names)
    return caught.value


def test_a_tree_has_the_place_of_every_part() -> None:
    tree = parse_expression("a.b == 'c'")
    assert tree == Compare(
        start=0,
        end=10,
        operator="==",
        left=Index(
            start=0,
            end=3,
            operand=ContextAccess(start=0, end=1, name="a"),
            index=Literal(start=2, end=3, value="b"),
        ),
        right=Literal(start=7, end=10, value="c"),
    )


def test_parentheses_belong_to_the_part_around_them() -> None:
    text = "(a || b) == !(c)"
    tree = parse_expression(text)
    assert isinstance(tree, Compare)
    assert (tree.start, tree.end) == (0, len(text))
    assert isinstance(tree.right, Not)
    assert text[tree.right.start : tree.right.end] == "!(c)"


def test_a_call_keeps_its_name_as_written_and_its_arguments_in_order() -> None:
    tree = parse_expression("startsWITH( a , 'b' )")
    assert isinstance(tree, Call)
    assert tree.name == "startsWITH"
    assert tree.arguments == (ContextAccess(start=12, end=13, name="a"), Literal(start=16, end=19, value="b"))


def test_a_wildcard_is_an_index_in_both_spellings() -> None:
    for text in ("a.*", "a[*]"):
        tree = parse_expression(text)
        assert isinstance(tree, Index)
        assert isinstance(tree.index, Wildcard)


def test_chains_of_one_logical_operator_are_flat_in_any_grouping() -> None:
    for text in ("a && b && c && d", "(a && b) && (c && d)", "a && (b && (c && d))"):
        tree = parse_expression(text)
        assert isinstance(tree, Logical)
        assert [node.name for node in tree.operands if isinstance(node, ContextAccess)] == ["a", "b", "c", "d"]


def test_an_index_binds_tighter_than_not() -> None:
    tree = parse_expression("!a[0].b")
    assert isinstance(tree, Not)
    assert isinstance(tree.operand, Index)


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_nothing_is_null(text: str) -> None:
    assert parse_expression(text) == Literal(start=0, end=0, value=None)


def test_names_are_looked_up_without_regard_to_case() -> None:
    parse_expression("GitHub.sha", contexts=["github"])
    parse_expression("HASHFILES('a')", functions=["hashFiles"])


def test_names_that_may_not_stand_here_are_named() -> None:
    unknown = _error("true && secrets.x", contexts=["github"])
    assert str(unknown) == (
        "Unrecognized named-value: 'secrets'. Located at position 9 within expression: true && secrets.x"
    )
    assert _error("always()", functions=[]).headline == "Unrecognized function: 'always'"


def test_the_first_error_in_reading_order_is_told() -> None:
    assert _error("fromJSON(a, b", contexts=[]).headline == "Unrecognized named-value: 'a'"
    assert _error("a.b @", contexts=[]).headline == "Unrecognized named-value: 'a'"
    assert _error("@ a", contexts=[]).kind == "lexing"


@pytest.mark.parametrize(
    ("text", "headline"),
    [
        ("always(1)", "Too many parameters supplied: 'always'"),
        ("hashFiles()", "Too few parameters supplied: 'hashFiles'"),
        ("contains('a')", "Too few parameters supplied: 'contains'"),
        ("case(true, 1)", "Too few parameters supplied: 'case'"),
        ("case(true, 1, true, 2)", "Even number of parameters supplied, requires an odd number of parameters: 'case'"),
        (f"format('x'{', 1' * 255})", "Too many parameters supplied: 'format'"),
    ],
)
def test_the_number_of_arguments_is_checked(text: str, headline: str) -> None:
    assert _error(text, functions=["always", "hashFiles"]).headline == headline


def test_bounds_can_be_given_in_githubs_notation() -> None:
    parse_expression("failure('job')", functions=["failure(0,MAX)"])
    assert _error("failure('job')", functions=["failure(0,0)"]).headline == "Too many parameters supplied: 'failure'"


def test_without_lists_every_name_is_allowed() -> None:
    parse_expression("anything(with.any, number, of.arguments)")


@pytest.mark.parametrize(
    ("text", "headline"),
    [
        ("a.", "Unexpected end of expression: '.'"),
        ("a[", "Unexpected end of expression: '['"),
        ("a[1", "Unexpected end of expression: '1'"),
        ("(a", "Unexpected end of expression: 'a'"),
        ("!", "Unexpected end of expression: '!'"),
        ("f(", "Unexpected end of expression: '('"),
        ("f(1,", "Unexpected end of expression: ','"),
        ("f(1,)", "Unexpected symbol: ')'"),
        ("f(,1)", "Unexpected symbol: ','"),
        ("(1, 2)", "Unexpected symbol: ','"),
        ("()", "Unexpected symbol: ')'"),
        ("a]", "Unexpected symbol: ']'"),
        ("(a]", "Unexpected symbol: ']'"),
        ("a[1)", "Unexpected symbol: ')'"),
        ("*", "Unexpected symbol: '*'"),
        ("'a'[0]", "Unexpected symbol: '['"),
        ("a b", "Unexpected symbol: 'b'"),
        ("a !b", "Unexpected symbol: '!'"),
    ],
)
def test_a_token_in_the_wrong_place_is_named(text: str, headline: str) -> None:
    error = _error(text)
    assert (error.kind, error.headline) == ("parsing", headline)


@pytest.mark.parametrize(
    "text",
    ["!" * 50 + "a", "f(" * 50 + ")" * 50 + "", "a" + ".b" * 50, "a" + "[0]" * 50, "1" + " == 1" * 50],
)
def test_more_than_fifty_levels_are_refused(text: str) -> None:
    if text.startswith("f("):
        text = "f(" * 50 + "1" + ")" * 50
    assert str(_error(text)) == "Exceeded max expression depth 50"


def test_parentheses_and_flat_chains_are_no_levels() -> None:
    parse_expression("(" * 2000 + "a" + ")" * 2000)
    parse_expression(" && ".join(["a"] * 2000))
    parse_expression("(a || " * 2000 + "b" + ")" * 2000)


@pytest.mark.slow
def test_the_deepest_text_of_legal_length_does_no_harm() -> None:
    for text in ("!" * (MAX_LENGTH - 1) + "1", "f(" * 7000 + ")" * 7000, "a" + "[a" * 7000 + "]" * 6000):
        assert _error(text).kind == "parsing"


def test_a_longer_text_than_github_takes_is_refused() -> None:
    assert str(_error("1" * (MAX_LENGTH + 1))) == "Exceeded max expression length 21000"
    parse_expression(" " * (MAX_LENGTH - 1) + "1")
