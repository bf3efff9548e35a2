from __future__ import annotations

import pytest

from sluice.source.errors import UsageError
from sluice.source.words import split_words


def test_words_are_taken_apart_as_a_shell_does() -> None:
    assert split_words("""a 'b c' "d e"f g\\ h""", "The shell") == ["a", "b c", "d ef", "g h"]
    assert split_words("", "The shell") == []


@pytest.mark.parametrize(("text", "why"), [("bash -c 'x", "No closing quotation"), ("bash \\", "No escaped character")])
def test_what_is_no_command_is_said_with_the_text_and_the_reason(text: str, why: str) -> None:
    with pytest.raises(UsageError) as raised:
        split_words(text, "The shell")
    assert str(raised.value) == f"The shell '{text}' can't be read: {why}"
