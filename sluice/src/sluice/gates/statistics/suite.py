"""How often a whole suite raises a false alarm. In: the looks and how many measures are compared. Out: bounds.

Both are Boole's inequality (C. E. Bonferroni, "Teoria statistica delle classi e calcolo delle probabilità", 1936):
the chance that any of several things happens is at most the sum of their chances, however they depend on each
other.
"""

from __future__ import annotations

from sluice.gates.statistics.sequential import DEFAULT_LOOKS, Looks
from sluice.gates.statistics.signed_rank import order_of_bound, subset_sums


def missing_chance(pairs: int, confidence: float) -> float:
    """The exact chance that the lower bound of the interval of so many pairs lies above the true middle."""
    order = order_of_bound(pairs, confidence)
    return sum(subset_sums(tuple(range(1, pairs + 1)))[:order]) / (1 << pairs)


def bound_of_measure(looks: Looks = DEFAULT_LOOKS) -> float:
    """An upper bound on the chance that one measure fails though its true change is at most a fail's floor.

    The sum over all looks of the chance that the interval used there lies above the truth. It holds for any noise
    that is even around its middle, however large; ordinary noise is far below it (``benches/gates.py`` measures by
    how much).
    """
    early = sum(missing_chance(pairs, looks.deciding) for pairs in looks.pairs[:-1])
    return early + missing_chance(looks.most, looks.last)


def bound_of_suite(measures: int, looks: Looks = DEFAULT_LOOKS) -> float:
    """An upper bound on the chance that any of so many unchanged measures fails: min(1, measures x bound of one)."""
    return min(1.0, measures * bound_of_measure(looks))


def bound_of_evidence(chance: float, measures: int, looks: Looks = DEFAULT_LOOKS) -> float:
    """The chance that, had nothing changed, any of ``measures`` would have shown evidence as strong as ``chance``.

    ``chance`` is one measure's one-sided signed-rank p-value against no change: min(1, measures x looks x chance).
    """
    return min(1.0, measures * len(looks.pairs) * chance)
