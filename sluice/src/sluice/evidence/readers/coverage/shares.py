"""Shares of covered things as measures: ``coverage/<what>`` in per cent, higher is better."""

from __future__ import annotations

from collections.abc import Iterator

from sluice.evidence.entries import Item
from sluice.evidence.model import Better, Measure
from sluice.evidence.problems import Problem, problem

_LARGEST_COUNT = 10**12


def covered(what: str, hit: int, total: int) -> Iterator[Item]:
    """The share of ``total`` things that were hit; no share, and no problem, where there are none to hit.

    Raises :class:`ValueError` where more were hit than there are, or a count is negative or past counting.
    """
    # a negative number of misses makes the total smaller than the hits
    if not 0 <= hit <= total <= _LARGEST_COUNT:
        raise ValueError(f"{what} coverage of {hit} in {total} can't be")
    if total:
        yield Measure(name=f"coverage/{what}", unit="%", better=Better.HIGHER, value=100 * hit / total)


def lines_covered(hit: int, total: int) -> Iterator[Item]:
    """``coverage/line``; a report of no lines at all is a problem, since nothing was measured."""
    yield from covered("line", hit, total)
    if total == 0:
        yield problem(Problem.NO_DATA, "not one line of code was measured")
