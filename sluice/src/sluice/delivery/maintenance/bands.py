"""Where deliveries stand among others: DORA's four bands. In: an environment's figures. Out: a band for each.

The limits are those of the performance levels of "Accelerate State of DevOps Report 2023" (DORA, Google Cloud): elite
deploys on demand, leads in under a day, fails in 5 % and recovers within an hour; high daily to weekly, under a week,
10 %, a day; medium weekly to monthly, under a month, 15 %, a week; low is what comes after.
"""

from __future__ import annotations

from collections.abc import Sequence

from sluice.delivery.deployment.figures import DAY, Figures

BANDS = ("elite", "high", "medium", "low")
_HOUR, _WEEK, _MONTH = 3600.0, 7 * DAY, 30 * DAY
_GAPS = (DAY, _WEEK, _MONTH)
_LEADS = (DAY, _WEEK, _MONTH)
_RATES = (0.05, 0.10, 0.15)
_RESTORES = (_HOUR, DAY, _WEEK)
FIGURES = ("deployment frequency", "lead time", "change failure rate", "time to restore")


def bands_of(figures: Figures) -> dict[str, str | None]:
    """The band of each of :data:`FIGURES`; ``None`` where nothing can be said."""
    gap = 1 / figures.per_day * DAY if figures.per_day else None
    values = (gap, figures.lead_time, figures.change_failure_rate, figures.time_to_restore)
    limits = (_GAPS, _LEADS, _RATES, _RESTORES)
    return {name: _band(value, steps) for name, value, steps in zip(FIGURES, values, limits, strict=True)}


def is_worse(band: str | None, before: str | None) -> bool:
    """Whether a band is below the one before; not where one of them is unknown."""
    return band is not None and before is not None and BANDS.index(band) > BANDS.index(before)


def _band(value: float | None, steps: Sequence[float]) -> str | None:
    if value is None:
        return None
    return next((band for band, step in zip(BANDS, steps, strict=False) if value <= step), BANDS[-1])
