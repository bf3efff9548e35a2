"""Numbers in words. In: values, units, changes. Out: short text that a person can check.

Numbers from reports are read as decimals of twelve digits: 80.3 is 803/10, not the nearest binary fraction, so that a
change of exactly the threshold is exactly that.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from sluice.evidence.units import Dimension, convert_exactly, unit_named
from sluice.gates.verdict.model import Change

_STEPS = {
    Dimension.SIZE: ("B", "KB", "MB", "GB", "TB"),
    Dimension.TIME: ("ps", "ns", "us", "ms", "s"),
    Dimension.BYTE_RATE: ("B/s", "KB/s", "MB/s", "GB/s", "TB/s"),
}

_CLOSE = 1e-9
"""A value within this share of where a unit begins is compared exactly; any other as it is, which is far faster."""

_LONG = 1e15
"""From here on a number is shown by its power of ten."""


def exact(value: float) -> Fraction:
    """``value``, which is finite, as a decimal of twelve digits; a whole number is itself, however long."""
    return Fraction(int(value)) if value == int(value) else Fraction(f"{value:.12g}")


def show_value(value: float, unit: str) -> str:
    """A value in the unit of its dimension that keeps it readable, to four digits."""
    step = readable_unit(value, unit)
    return _join(value if step == unit else float(convert_exactly(exact(value), unit, step)), step)


def readable_unit(value: float, unit: str) -> str:
    """The largest unit in which ``value`` is at least 1; its own where there is none."""
    return next((step for step, least in _begins(unit) if _reaches(value, unit, step, least)), unit)


@lru_cache
def _begins(unit: str) -> tuple[tuple[str, float], ...]:
    """The units that values in ``unit`` are shown in, the largest first, each with the value that is 1 of it."""
    steps = _STEPS.get(unit_named(unit).dimension, ()) if unit != "d" else ()
    return tuple((step, float(convert_exactly(Fraction(1), step, unit))) for step in reversed(steps))


def _reaches(value: float, unit: str, step: str, least: float) -> bool:
    if abs(abs(value) - least) > _CLOSE * least:
        return abs(value) > least
    return abs(float(convert_exactly(exact(value), unit, step))) >= 1


def show_change(change: Change, unit: str) -> str:
    """``+3.1 % [+1.0 %, +5.2 %]``, or without an interval ``+3.1 %``."""
    point = show_amount(change.point, unit, relative=change.relative)
    if change.lower is None or change.upper is None:
        return point
    bounds = (show_amount(bound, unit, relative=change.relative) for bound in (change.lower, change.upper))
    return f"{point} [{', '.join(bounds)}]"


def show_amount(amount: float, unit: str, *, relative: bool) -> str:
    """A change with its sign: a share as per cent, a difference of shares as percentage points."""
    if amount in {float("inf"), float("-inf")}:
        return "+∞" if amount > 0 else "-∞"
    if relative:
        return f"{amount * 100:+z.1f} %"
    if unit_named(unit).dimension is Dimension.SHARE:
        return f"{float(convert_exactly(exact(amount), unit, 'pp')):+z.2f} pp"
    shown = show_value(amount, unit)
    return shown if amount < 0 else f"+{shown}"


def _join(value: float, unit: str) -> str:
    number = f"{value:.0f}" if 1000 <= abs(value) < _LONG else f"{value:.4g}"
    return number if unit == "count" else f"{number} {unit}"
