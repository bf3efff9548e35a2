"""Units of measures: symbols in, exact conversions out. It must not know what is measured, nor what is too much.

A unit belongs to one dimension and is an exact multiple of that dimension's base (byte, second, one, ...). The
prefixes are those of the SI for KB, MB, GB, TB (powers of 1000) and of IEC 80000-13 for KiB, MiB, GiB, TiB (powers of
1024). A percentage point (``pp``) measures a difference between two shares, so it is never the unit of a value.
"""

from __future__ import annotations

import re
from enum import StrEnum
from fractions import Fraction

from msgspec import Struct

from sluice.source.errors import SluiceError


class Dimension(StrEnum):
    """What a unit measures; units convert into one another only within one dimension."""

    SIZE = "size"
    TIME = "time"
    SHARE = "share"
    COUNT = "count"
    BYTE_RATE = "bytes per second"
    RATE = "events per second"


class Unit(Struct, frozen=True, kw_only=True):
    """A unit: ``factor`` is its exact worth in its dimension's base; ``difference`` marks one only changes have."""

    symbol: str
    dimension: Dimension
    factor: Fraction
    difference: bool = False


class UnknownUnitError(SluiceError):
    """A symbol that is no unit; ``allowed`` holds every symbol that is."""

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.allowed = KNOWN_UNITS
        super().__init__(f"unknown unit {symbol[:40]!r}. expected one of {', '.join(KNOWN_UNITS)}")


class UnitMismatchError(SluiceError):
    """Two units of different dimensions, which nothing converts."""

    def __init__(self, source: Unit, target: Unit) -> None:
        super().__init__(
            f"{source.symbol} is a unit of {source.dimension}, {target.symbol} one of {target.dimension}: "
            "one can't be converted into the other"
        )


class Quantity(Struct, frozen=True, kw_only=True):
    """An exact number with its unit."""

    amount: Fraction
    unit: Unit


_SIZES: dict[str, Fraction] = {
    "B": Fraction(1),
    **{f"{prefix}B": Fraction(1000**power) for power, prefix in enumerate("KMGT", start=1)},
    **{f"{prefix}iB": Fraction(1024**power) for power, prefix in enumerate("KMGT", start=1)},
}
_TIMES: dict[str, Fraction] = {
    "ps": Fraction(1, 10**12),
    "ns": Fraction(1, 10**9),
    "us": Fraction(1, 10**6),
    "ms": Fraction(1, 10**3),
    "s": Fraction(1),
    "min": Fraction(60),
    "h": Fraction(3600),
    "d": Fraction(86400),
}
_ALL = (
    *(Unit(symbol=symbol, dimension=Dimension.SIZE, factor=factor) for symbol, factor in _SIZES.items()),
    *(Unit(symbol=symbol, dimension=Dimension.TIME, factor=factor) for symbol, factor in _TIMES.items()),
    Unit(symbol="%", dimension=Dimension.SHARE, factor=Fraction(1, 100)),
    Unit(symbol="pp", dimension=Dimension.SHARE, factor=Fraction(1, 100), difference=True),
    Unit(symbol="ratio", dimension=Dimension.SHARE, factor=Fraction(1)),
    Unit(symbol="count", dimension=Dimension.COUNT, factor=Fraction(1)),
    *(Unit(symbol=f"{symbol}/s", dimension=Dimension.BYTE_RATE, factor=factor) for symbol, factor in _SIZES.items()),
    Unit(symbol="1/s", dimension=Dimension.RATE, factor=Fraction(1)),
)
_BY_SYMBOL = {unit.symbol: unit for unit in _ALL}
_OTHER_SPELLINGS = {"kB": "KB", "kB/s": "KB/s", "µs": "us", "μs": "us", "bytes": "B"}

KNOWN_UNITS: tuple[str, ...] = tuple(_BY_SYMBOL)
"""Every symbol that :func:`unit_named` knows, sizes first."""

_QUANTITY = re.compile(r"([+-]?\d{1,30}(?:\.\d{1,30})?) ?(\D\S{0,39})?")


def unit_named(symbol: str) -> Unit:
    """The unit of this symbol; ``kB``, ``µs`` and ``bytes`` are read as ``KB``, ``us`` and ``B``.

    Raises :class:`UnknownUnitError`, which names the units there are.
    """
    found = _BY_SYMBOL.get(_OTHER_SPELLINGS.get(symbol, symbol))
    if found is None:
        raise UnknownUnitError(symbol)
    return found


def convert_exactly(amount: Fraction, source: str, target: str) -> Fraction:
    """The same amount in another unit, without rounding. Raises :class:`UnitMismatchError` across dimensions."""
    here, there = unit_named(source), unit_named(target)
    if here.dimension is not there.dimension:
        raise UnitMismatchError(here, there)
    return amount * here.factor / there.factor


def convert(value: float, source: str, target: str) -> float:
    """The same value in another unit, rounded once, to the nearest float. ``value`` must be finite."""
    return float(convert_exactly(Fraction(value), source, target))


def parse_quantity(text: str) -> Quantity:
    """Read ``50MB``, ``+20%``, ``10 ns`` or ``-5pp``; a bare number is a count.

    Raises :class:`UnknownUnitError` for its unit, :class:`ValueError` where there is no number.
    """
    found = _QUANTITY.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text[:40]!r} is not a number with a unit, such as 50MB")
    return Quantity(amount=Fraction(found[1]), unit=unit_named(found[2] or "count"))
