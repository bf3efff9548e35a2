"""DORA's bands at their limits."""

from __future__ import annotations

import pytest

from sluice.delivery.deployment.figures import DAY, Figures
from sluice.delivery.maintenance.bands import bands_of, is_worse


def figures(per_day: float, lead: float | None, rate: float | None, restore: float | None) -> Figures:
    return Figures(
        deployments=1,
        per_day=per_day,
        lead_time=lead,
        failed=0,
        caught=0,
        change_failure_rate=rate,
        time_to_restore=restore,
    )


@pytest.mark.parametrize(
    ("found", "bands"),
    [
        (figures(1, DAY, 0.05, 3600), ["elite"] * 4),
        (figures(0.9, DAY + 1, 0.06, 3601), ["high"] * 4),
        (figures(0.1, 8 * DAY, 0.11, 2 * DAY), ["medium"] * 4),
        (figures(0.01, 31 * DAY, 0.16, 8 * DAY), ["low"] * 4),
        (figures(0, None, None, None), [None] * 4),
    ],
)
def test_each_figure_has_its_band(found: Figures, bands: list[str | None]) -> None:
    assert list(bands_of(found).values()) == bands


def test_what_is_unknown_is_not_worse() -> None:
    assert is_worse("high", "elite")
    assert not is_worse("elite", "high")
    assert not is_worse(None, "elite")
    assert not is_worse("low", None)
