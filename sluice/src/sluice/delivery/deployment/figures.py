"""DORA's four figures. In: deployments, a span of time. Out: how often, how soon, how many fail, how long until well.

A change counts as failed when users met it: it was switched to and then left again, by itself or by a rollback. What
failed its checks before the switch was caught, and is told apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median

from msgspec import Struct

from sluice.delivery.deployment.state import Deployment, Phase

DAY = 86400.0


class Figures(Struct, frozen=True, kw_only=True):
    """Of one environment in one span. Times are medians in seconds; ``None`` where nothing can be said."""

    deployments: int
    per_day: float
    lead_time: float | None
    failed: int
    caught: int
    change_failure_rate: float | None
    time_to_restore: float | None


class _Failure(Struct, frozen=True):
    began: float
    restored: float | None


def delivery_figures(deployments: Iterable[Deployment], since: float, until: float) -> Figures:
    """The figures of one environment's deployments, oldest first, requested from ``since`` up to ``until``."""
    every = list(deployments)
    inside = [one for one in every if since <= one.began < until]
    changes = [one for one in inside if one.request.kind == "deploy"]
    delivered = [one for one in changes if one.phase is Phase.FINISHED]
    failures = [found for one in changes if (found := _failure(one, every))]
    met = len([one for one in changes if one.switched is not None])
    caught = [one for one in changes if one.switched is None and one.phase is Phase.ROLLED_BACK]
    return Figures(
        deployments=len(delivered),
        per_day=len(delivered) / max((until - since) / DAY, 1e-9),
        lead_time=_middle([one.changed - one.release.committed for one in delivered if one.release.committed]),
        failed=len(failures),
        caught=len(caught),
        change_failure_rate=len(failures) / met if met else None,
        time_to_restore=_middle([one.restored - one.began for one in failures if one.restored is not None]),
    )


def _failure(change: Deployment, every: Sequence[Deployment]) -> _Failure | None:
    """When users met a change that was left again: from the switch until something else was live."""
    if change.switched is None:
        return None
    if change.phase in {Phase.ROLLED_BACK, Phase.FAILED}:
        return _Failure(change.switched, change.changed if change.phase is Phase.ROLLED_BACK else None)
    later = (one for one in every if one.number > change.number and one.phase is Phase.FINISHED and not one.is_stop)
    following = next(later, None)
    if following is None or following.request.kind != "rollback":
        return None
    return _Failure(change.switched, following.switched or following.changed)


def _middle(values: list[float]) -> float | None:
    return median(values) if values else None
