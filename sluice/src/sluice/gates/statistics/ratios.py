"""Relative changes and log ratios, the scale on which a change and its undoing cancel."""

from __future__ import annotations

import math


def as_log(change: float) -> float:
    """A relative change (0.2 is +20 %) as a log ratio; a loss of everything and more is minus infinity."""
    return math.log1p(change) if change > -1 else -math.inf


def as_change(log_ratio: float) -> float:
    """A log ratio as a relative change."""
    try:
        return math.expm1(log_ratio)
    except OverflowError:
        return math.inf
