"""DORA's four figures, computed by hand beside."""

from __future__ import annotations

from deployments import entries, requested

from sluice.delivery.deployment.events import Failed, Finished, Prepared, RolledBack, Switched
from sluice.delivery.deployment.figures import DAY, Figures, delivery_figures
from sluice.delivery.deployment.state import fold_all


def test_nothing_says_nothing() -> None:
    nothing = delivery_figures([], 0, DAY)
    assert nothing == Figures(
        deployments=0,
        per_day=0,
        lead_time=None,
        failed=0,
        caught=0,
        change_failure_rate=None,
        time_to_restore=None,
    )


def test_each_figure() -> None:
    good = (Prepared(), Switched(), Finished())
    deployments = fold_all(
        [
            # made at 0, live at 1000 + 180
            *entries(1, requested("a", committed=1), *good, start=1000),
            # met by users at 2120, back at 2240: 120 s
            *entries(
                2,
                requested("b", previous="a"),
                Prepared(),
                Switched(),
                Failed(reason="ill"),
                RolledBack(reason="ill"),
                start=2000,
            ),
            # caught before the switch
            *entries(3, requested("c"), Prepared(), Failed(reason="x"), RolledBack(reason="x"), start=3000),
            # fine, stopped and left by hand: met at 4120, left at 5120: 1000 s
            *entries(4, requested("d", committed=4080), *good, start=4000),
            *entries(5, requested("d", kind="stop"), Finished(), start=4500),
            *entries(6, requested("a", previous="d", kind="rollback"), *good, start=5000),
            # outside of the span
            *entries(7, requested("f"), *good, start=3 * DAY),
        ]
    )
    figures = delivery_figures(deployments, 0, 2 * DAY)
    assert figures == Figures(
        deployments=2,
        per_day=1,
        lead_time=(1179 + 100) / 2,
        failed=2,
        caught=1,
        change_failure_rate=2 / 3,
        time_to_restore=(120 + 1000) / 2,
    )


def test_a_failure_that_lasts_has_no_end_yet() -> None:
    hanging = fold_all(entries(1, requested("a"), Prepared(), Switched(), Failed(reason="ill")))
    figures = delivery_figures(hanging, 0, DAY)
    assert (figures.failed, figures.change_failure_rate, figures.time_to_restore) == (1, 1, None)
