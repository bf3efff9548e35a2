from __future__ import annotations

import pytest

from sluice.source.suggestions import did_you_mean, nearest


@pytest.mark.parametrize(
    ("word", "meant"),
    [("mising", "missing"), ("Missing", "missing"), ("zzz", None), ("", None), ("missing", "missing")],
)
def test_the_word_most_like_it_is_suggested(word: str, meant: str | None) -> None:
    allowed = ("baseline", "missing", "new")
    assert nearest(word, allowed) == meant
    assert did_you_mean(word, allowed) == (meant and f"did you mean '{meant}'?")


def test_how_alike_they_must_be_can_be_asked_for() -> None:
    assert nearest("misxxng", ("missing",)) == "missing"
    assert nearest("misxxng", ("missing",), cutoff=0.75) is None
