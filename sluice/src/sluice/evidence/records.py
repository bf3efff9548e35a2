"""Sluice's own record of a measure, one JSON object a line: what ``sluice measure NAME VALUE UNIT`` writes.

A measure in, its line out; the reader of such lines is ``readers/records.py``.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from sluice.evidence.limits import LONGEST_NAME
from sluice.evidence.model import Better, Measure
from sluice.evidence.problems import one_line
from sluice.evidence.units import Dimension, unit_named


class MeasureRecord(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    """The line's keys, in their order; ``measure`` comes first, by it the format is told."""

    measure: str
    value: float
    unit: str
    better: Better | None = None
    samples: list[float] = []
    commit: str | None = None
    machine: str | None = None


def record_line(measure: Measure) -> bytes:
    """The measure as one line, with its line end."""
    record = MeasureRecord(
        measure=measure.name,
        value=measure.value,
        unit=measure.unit,
        better=measure.better,
        samples=list(measure.samples),
        commit=measure.commit,
        machine=measure.machine,
    )
    return msgspec.json.encode(record) + b"\n"


def check_record(name: str, unit: str, values: Iterable[float]) -> None:
    """Raises ``ValueError`` for a name of several lines, a unit that only changes have, a size or time below 0.

    Raises ``UnknownUnitError`` for a unit that there is none of.
    """
    if name != one_line(name, LONGEST_NAME):
        raise ValueError(f"the name {name[:80]!r} is not one line of up to {LONGEST_NAME} printable characters")
    known = unit_named(unit)
    if known.difference:
        raise ValueError(f"{name}: {known.symbol} is a unit of changes, a value has %")
    if known.dimension in {Dimension.SIZE, Dimension.TIME} and min(values, default=0.0) < 0:
        raise ValueError(f"{name} is negative, which no {known.dimension} is")


def usually_better(unit: str) -> Better:
    """Which way is better where nobody says: shares and rates upwards, everything else downwards."""
    upwards = {Dimension.SHARE, Dimension.RATE, Dimension.BYTE_RATE}
    return Better.HIGHER if unit_named(unit).dimension in upwards else Better.LOWER
