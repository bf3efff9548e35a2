"""The Wilcoxon signed-rank distribution, exact. In: sample sizes or differences. Out: tails, ranks, p-values.

Source: F. Wilcoxon, "Individual comparisons by ranking methods", Biometrics Bulletin 1 (1945); the treatment of
zeros is J. W. Pratt's, "Remarks on zeros and ties in the Wilcoxon signed rank procedures", JASA 54 (1959).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby


@lru_cache(maxsize=256)
def subset_sums(ranks: tuple[int, ...]) -> tuple[int, ...]:
    """At index ``s``, how many of the 2^n subsets of ``ranks`` sum to ``s``: the null distribution of the statistic."""
    counts = [1]
    for rank in ranks:
        shifted = [0] * rank + counts
        counts = [a + b for a, b in zip(counts + [0] * rank, shifted, strict=True)]
    return tuple(counts)


@lru_cache(maxsize=1024)
def order_of_bound(pairs: int, confidence: float) -> int:
    """Which Walsh average, counted from 1 at either end, bounds the two-sided interval; 0 where none can.

    The interval between the k-th smallest and the k-th largest misses the centre with a chance of P(W <= k - 1) on
    each side; k is the largest that keeps twice this chance at or below ``1 - confidence``. With ties or zeros the
    same closed interval covers at least as often (G. E. Noether, "Elements of Nonparametric Statistics", 1967,
    chapter 5).
    """
    allowed = (1 - confidence) / 2 * 2**pairs
    seen = 0
    for order, count in enumerate(subset_sums(tuple(range(1, pairs + 1)))):
        seen += count
        if seen > allowed:
            return order
    raise AssertionError("half of all subsets sum to less than the middle")  # pragma: no cover


def chance_above(differences: Sequence[float], centre: float = 0.0) -> float:
    """One-sided p-value: how likely so large a signed-rank sum is when differences lie evenly around ``centre``.

    Exact, given the ties: tied sizes share their mean rank (doubled, so that ranks stay whole). Zeros take part in the
    ranking and are then left out (Pratt). Without any difference from ``centre`` the chance is 1.
    """
    moved = [difference - centre for difference in differences]
    ranked = _doubled_ranks([abs(difference) for difference in moved])
    signed = [(rank, value > 0) for rank, value in zip(ranked, moved, strict=True) if value != 0]
    observed = sum(rank for rank, positive in signed if positive)
    counts = subset_sums(tuple(sorted(rank for rank, _ in signed)))
    return sum(counts[observed:]) / (1 << len(signed))


def _doubled_ranks(sizes: Sequence[float]) -> list[int]:
    """Twice the rank of each size, from 2; ties share the mean of the ranks they occupy."""
    ranks = [0] * len(sizes)
    below = 0
    for _, group in groupby(sorted(range(len(sizes)), key=sizes.__getitem__), key=sizes.__getitem__):
        tied = list(group)
        for index in tied:
            ranks[index] = 2 * below + len(tied) + 1
        below += len(tied)
    return ranks
