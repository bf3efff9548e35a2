"""Numbers in the words of a report."""

from __future__ import annotations

import math

import pytest

from sluice.gates.verdict.amounts import readable_unit, show_amount, show_change, show_value
from sluice.gates.verdict.model import Change


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (999, "ns", "999 ns"),
        (1000, "ns", "1 us"),
        (1999, "ns", "1.999 us"),
        (-1000, "ns", "-1 us"),
        (0, "ns", "0 ns"),
        (0.5, "ps", "0.5 ps"),
        (999.9, "count", "999.9"),
        (1000.4, "count", "1000"),
        (123456.7, "count", "123457"),
        (-1000.4, "count", "-1000"),
        (31, "d", "31 d"),
        (2_000_000, "B", "2 MB"),
        (999.9999999999999, "ns", "1 us"),
        (999.9999999, "ns", "1000 ns"),
        (0.1 + 0.2 + 0.7, "KB", "1 KB"),
    ],
)
def test_a_value_is_in_the_unit_that_keeps_it_readable(value: float, unit: str, shown: str) -> None:
    assert show_value(value, unit) == shown


def test_a_unit_is_taken_from_the_value_at_which_it_is_one() -> None:
    assert [readable_unit(value, "B") for value in (999, 1000, 1999, 999_999, 1_000_000)] == [
        "B",
        "KB",
        "KB",
        "KB",
        "MB",
    ]


@pytest.mark.parametrize(
    ("amount", "unit", "relative", "shown"),
    [
        (0.031, "ns", True, "+3.1 %"),
        (-0.031, "ns", True, "-3.1 %"),
        (-0.00001, "ns", True, "+0.0 %"),
        (math.inf, "ns", True, "+∞"),
        (-math.inf, "ns", False, "-∞"),
        (-0.05, "ratio", False, "-5.00 pp"),
        (0, "ns", False, "+0 ns"),
        (0.5, "ns", False, "+500 ps"),
        (-1500, "ns", False, "-1.5 us"),
    ],
)
def test_a_change_has_its_sign(amount: float, unit: str, relative: bool, shown: str) -> None:
    assert show_amount(amount, unit, relative=relative) == shown


def test_a_change_has_its_interval_where_both_ends_are_known() -> None:
    whole = Change(point=0.031, lower=0.01, upper=0.052, relative=True)
    assert show_change(whole, "ns") == "+3.1 % [+1.0 %, +5.2 %]"
    assert show_change(Change(point=0.031, relative=True), "ns") == "+3.1 %"
    assert show_change(Change(point=0.031, lower=0.01, relative=True), "ns") == "+3.1 %"
    assert show_change(Change(point=0.031, upper=0.01, relative=True), "ns") == "+3.1 %"
