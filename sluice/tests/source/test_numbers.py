from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.source.numbers import LONGEST, whole_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("007", 7),
        ("9" * LONGEST, 10**LONGEST - 1),
        ("1" + "0" * LONGEST, None),
        ("9" * 5000, None),
        ("²", None),
        ("٣", None),
        ("-1", None),
        ("1.0", None),
        (" 1", None),
        ("1_0", None),
        ("", None),
    ],
)
def test_ascii_digits_alone_are_a_number(text: str, number: int | None) -> None:
    assert whole_number(text) == number


@given(st.text(alphabet=st.characters(categories=["Nd", "No", "Nl"])) | st.text())
def test_no_text_is_an_accident(text: str) -> None:
    found = whole_number(text)
    assert found is None or (found >= 0 and str(found) == (text.lstrip("0") or "0"))
