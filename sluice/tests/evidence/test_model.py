"""The records: what they refuse, and how severities compare."""

from __future__ import annotations

import math

import pytest

from sluice.evidence.model import LARGEST, Better, Finding, Kind, Measure, Severity
from sluice.evidence.units import UnknownUnitError


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_measure_is_finite(value: float) -> None:
    with pytest.raises(ValueError, match="is not a finite number"):
        Measure(name="bench/a", unit="s", better=Better.LOWER, value=value)
    with pytest.raises(ValueError, match="is not a finite number"):
        Measure(name="bench/a", unit="s", better=Better.LOWER, value=1, samples=(1, value))


@pytest.mark.parametrize("value", [LARGEST * 1.01, -LARGEST * 1.01])
def test_a_measure_ends_where_sums_of_it_would_be_no_numbers(value: float) -> None:
    assert Measure(name="a", unit="TB", better=Better.LOWER, value=LARGEST, samples=(-LARGEST,)).value == LARGEST
    for value_, samples in ((value, ()), (1.0, (1.0, value))):
        with pytest.raises(ValueError, match="is beyond every measure, which ends at 1e"):
            Measure(name="a", unit="TB", better=Better.LOWER, value=value_, samples=samples)


def test_a_measure_has_a_known_unit_and_a_name() -> None:
    with pytest.raises(UnknownUnitError):
        Measure(name="bench/a", unit="furlong", better=Better.LOWER, value=1)
    with pytest.raises(ValueError, match="a measure needs a name"):
        Measure(name="", unit="s", better=Better.LOWER, value=1)


def test_a_finding_is_named_by_kind_and_id() -> None:
    found = Finding(id="PYSEC-2026-1", kind=Kind.VULNERABILITY, severity=Severity.HIGH, title="x", tool="pip-audit")
    assert found.name == "vulnerability/PYSEC-2026-1"
