"""Pairs of timings as log ratios. In: base and head, pair by pair. Out: differences on the scale where +x and its
undoing cancel.
"""

from __future__ import annotations

import math
from collections.abc import Sequence


def log_ratios(base: Sequence[float], head: Sequence[float]) -> list[float]:
    """``ln(head / base)`` of each pair; raises ``ValueError`` for unequal lengths, zero, negative or infinite
    values.
    """
    if len(base) != len(head):
        raise ValueError(f"{len(base)} values of the base can't be paired with {len(head)} of the head")
    if not all(0 < value < math.inf for value in (*base, *head)):
        raise ValueError("a ratio needs values above 0")
    return [math.log(after / before) for before, after in zip(base, head, strict=True)]


def as_log(change: float) -> float:
    """A relative change (0.2 is +20 %) as a log ratio; a loss of everything and more is minus infinity."""
    return math.log1p(change) if change > -1 else -math.inf


def as_change(log_ratio: float) -> float:
    """A log ratio as a relative change."""
    try:
        return math.expm1(log_ratio)
    except OverflowError:
        return math.inf
