from decimal import Decimal, Inexact, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loka_model.amounts import MOST_DIFFICULTY, hashes


@given(st.decimals(min_value=0, max_value=MOST_DIFFICULTY, allow_nan=False, allow_infinity=False, places=64))
def test_hashes_are_exactly_difficulty_times_two_to_the_thirty_second(difficulty: Decimal) -> None:
    assert Fraction(hashes(difficulty)) == Fraction(difficulty) * 2**32


def test_hashes_do_not_depend_on_the_caller_s_precision() -> None:
    with localcontext() as context:
        context.prec = 3
        assert hashes(Decimal("1234567.891")) == Decimal("5302428716536692.736")


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_has_no_hashes(text: str) -> None:
    with pytest.raises(ValueError, match="must be a finite number"):
        hashes(Decimal(text))


def test_a_product_that_would_be_rounded_is_an_error() -> None:
    with pytest.raises(Inexact):
        hashes(Decimal("1." + "3" * 300))
