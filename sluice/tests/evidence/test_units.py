"""Units: exact conversions, and an error that names the known ones."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.evidence.units import (
    KNOWN_UNITS,
    UnitMismatchError,
    UnknownUnitError,
    convert,
    convert_exactly,
    parse_quantity,
    unit_named,
)


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        (50, "MB", "B", 50_000_000),
        (50, "MiB", "B", 52_428_800),
        (1, "GiB", "MiB", 1024),
        (10, "ns", "s", 1e-8),
        (2, "d", "h", 48),
        (0.5, "ratio", "%", 50),
        (3, "kB", "B", 3000),
        (7, "µs", "ns", 7000),
        (1, "MB/s", "KB/s", 1000),
    ],
)
def test_a_value_converts_within_its_dimension(value: float, source: str, target: str, expected: float) -> None:
    assert convert(value, source, target) == expected


def test_time_is_no_size() -> None:
    with pytest.raises(UnitMismatchError, match="ns is a unit of time, MB one of size"):
        convert(1, "ns", "MB")


def test_an_unknown_unit_names_the_known_ones() -> None:
    with pytest.raises(UnknownUnitError) as caught:
        unit_named("parsec")
    assert caught.value.allowed == KNOWN_UNITS
    assert "unknown unit 'parsec'. expected one of B, KB, MB" in caught.value.message


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("50MB", Fraction(50), "MB"),
        ("+20%", Fraction(20), "%"),
        ("-5pp", Fraction(-5), "pp"),
        ("0.1 ns", Fraction(1, 10), "ns"),
        ("3", Fraction(3), "count"),
    ],
)
def test_a_quantity_is_read_exactly(text: str, amount: Fraction, unit: str) -> None:
    found = parse_quantity(text)
    assert (found.amount, found.unit.symbol) == (amount, unit)


@pytest.mark.parametrize("text", ["", "MB", "nan", "--3", "1 2 3", "9" * 4000])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number with a unit"):
        parse_quantity(text)


def test_only_a_percentage_point_is_a_difference() -> None:
    assert [symbol for symbol in KNOWN_UNITS if unit_named(symbol).difference] == ["pp"]


@given(
    amount=st.fractions(),
    source=st.sampled_from(KNOWN_UNITS),
    target=st.sampled_from(KNOWN_UNITS),
)
def test_there_and_back_is_the_same(amount: Fraction, source: str, target: str) -> None:
    if unit_named(source).dimension is unit_named(target).dimension:
        assert convert_exactly(convert_exactly(amount, source, target), target, source) == amount
