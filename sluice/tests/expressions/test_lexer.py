from __future__ import annotations

import math

import pytest

from sluice.expressions.errors import ExpressionError
from sluice.expressions.lexer import TokenKind, tokenize


def _kinds(text: str) -> list[TokenKind]:
    return [token.kind for token in tokenize(text)]


def test_a_name_before_a_parenthesis_is_a_function_and_elsewhere_a_named_value() -> None:
    assert _kinds("github") == [TokenKind.NAMED_VALUE]
    assert _kinds("format \n ()") == [TokenKind.FUNCTION, TokenKind.OPEN_CALL, TokenKind.CLOSE_PARENTHESIS]


def test_a_keyword_after_a_dot_is_a_property() -> None:
    assert _kinds("a.null") == [TokenKind.NAMED_VALUE, TokenKind.DEREFERENCE, TokenKind.PROPERTY]


def test_a_dot_starts_a_number_where_an_operand_is_expected() -> None:
    assert [token.value for token in tokenize(".5")] == [0.5]
    assert _kinds("(.5)")[1] is TokenKind.LITERAL


def test_every_doubled_quote_is_one_quote() -> None:
    (token,) = tokenize("'it''s ''quoted'''")
    assert token.value == "it's 'quoted'"


def test_tokens_know_their_place() -> None:
    assert [(token.text, token.start, token.end) for token in tokenize(" a  ==\t'b'")] == [
        ("a", 1, 2),
        ("==", 4, 6),
        ("'b'", 7, 10),
    ]


def test_constants_are_case_sensitive() -> None:
    assert [token.value for token in tokenize("true")] == [True]
    assert _kinds("True") == [TokenKind.NAMED_VALUE]
    (nan,) = tokenize("NaN")
    assert isinstance(nan.value, float)
    assert math.isnan(nan.value)


@pytest.mark.parametrize(
    ("text", "symbol", "position"),
    [
        ("1 = 2", "=", 2),
        ("'open", "'open", 0),
        ("'open''", "'open''", 0),
        ("a b$c", "b$c", 2),
        ("0x", "0x", 0),
        ("1.2.3", "1.2.3", 0),
        ("-", "-", 0),
        ("\ufeffa", "\ufeffa", 0),
    ],
)
def test_what_is_no_token_is_named_with_its_place(text: str, symbol: str, position: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        list(tokenize(text))
    assert (caught.value.kind, caught.value.position) == ("lexing", position)
    assert str(caught.value) == (
        f"Unexpected symbol: '{symbol}'. Located at position {position + 1} within expression: {text}"
    )


def test_positions_in_sentences_count_utf_16_units() -> None:
    with pytest.raises(ExpressionError) as caught:
        list(tokenize("'😊' $"))
    assert caught.value.position == 4
    assert "Located at position 6 " in str(caught.value)


def test_a_long_string_without_an_end_is_refused_quickly() -> None:
    with pytest.raises(ExpressionError):
        list(tokenize("'" + "''" * 10_000))
