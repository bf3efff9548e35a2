"""Slopes with their intervals, and what is made of them."""

from __future__ import annotations

import random

import pytest

from sluice.resources.judging import judge
from sluice.resources.measures import measures_of
from sluice.resources.model import Ending, Leak, Limits, Sample, SoakReport, Watched
from sluice.resources.slope import fit
from sluice.views.findings.soaking import soak_lines
from sluice.views.text.lines import plain

MEGABYTE = 1_000_000


def samples(growth: float, noise: float = 0, count: int = 120) -> tuple[Sample, ...]:
    chance = random.Random(7)  # noqa: S311 (a fixed series)
    return tuple(
        Sample(time=n / 2, memory=int(50 * MEGABYTE + growth * n / 2 + chance.gauss(0, noise)), cpu=n / 4)
        for n in range(count)
    )


def judged(
    seen: tuple[Sample, ...], *, code: int | None = None, killed: bool = False, limits: Limits | None = None
) -> SoakReport:
    watched = Watched(samples=seen, ending=Ending(code=code, killed=killed))
    return judge("app", watched, limits or Limits(), warm_up=10, threshold=10_000)


def test_a_straight_line_has_its_slope_and_no_width() -> None:
    found = fit([(n, 3.0 * n + 1) for n in range(20)])
    assert found is not None
    assert (found.estimate, found.low, found.high) == (3, 3, 3)


def test_outliers_do_not_move_the_slope() -> None:
    points = [(float(n), 100.0 + (5_000 if n % 10 == 3 else 0)) for n in range(100)]
    found = fit(points)
    assert found is not None
    assert found.estimate == 0


def test_the_interval_holds_the_true_slope_about_as_often_as_it_says() -> None:
    chance = random.Random(1)  # noqa: S311 (a fixed series)
    missed = 0
    for _ in range(200):
        found = fit([(n, 2.0 * n + chance.gauss(0, 10)) for n in range(30)], 0.9)
        assert found is not None
        missed += not found.low <= 2 <= found.high
    assert 8 <= missed <= 34, "a tenth of 200, give or take three deviations"


@pytest.mark.parametrize("points", [[], [(0.0, 1.0)] * 9, [(1.0, 1.0)] * 20])
def test_too_few_points_have_no_slope(points: list[tuple[float, float]]) -> None:
    assert fit(points) is None


@pytest.mark.parametrize(
    ("growth", "noise", "leak"),
    [
        (MEGABYTE, 0, Leak.YES),
        (MEGABYTE, 2 * MEGABYTE, Leak.YES),
        (20_000, 50_000, Leak.YES),
        (0, 0, Leak.NO),
        (0, 50_000, Leak.NO),
        (-MEGABYTE, 0, Leak.NO),
        (9_000, 500_000, Leak.UNDECIDED),
    ],
)
def test_a_leak_is_told_from_noise(growth: float, noise: float, leak: Leak) -> None:
    report = judged(samples(growth, noise))
    assert report.leak is leak
    assert bool(report.failures) is (leak is not Leak.NO)


def test_growth_in_the_warm_up_does_not_count() -> None:
    early = tuple(Sample(time=n / 2, memory=min(n, 18) * MEGABYTE, cpu=0) for n in range(120))
    assert judged(early).leak is Leak.NO


@pytest.mark.parametrize(
    ("report", "why"),
    [
        (judged(samples(0), code=3), "exit code 3"),
        (judged(samples(0), code=137, killed=True), "more memory than it may have"),
        (judged(samples(0), limits=Limits(memory=MEGABYTE)), "could not be held down"),
        (judged(samples(0, count=21)), "fewer than 10 samples"),
        (judged(()), "fewer than 10 samples"),
    ],
)
def test_what_is_no_pass_says_why(report: SoakReport, why: str) -> None:
    assert why in " ".join(report.failures)
    assert why in "\n".join(plain(one) for one in soak_lines(report))


def test_an_end_by_itself_without_an_error_is_judged_by_what_was_seen() -> None:
    assert judged(samples(0), code=0).failures == ()


def test_measures_are_for_gates() -> None:
    found = {one.name: one.value for one in measures_of(judged(samples(MEGABYTE)))}
    assert found["soak/leak"] == 1
    assert found["soak/slope"] == pytest.approx(MEGABYTE, rel=1e-6)
    assert found["soak/cpu"] == pytest.approx(0.5)
    assert "soak/slope" not in {one.name for one in measures_of(judged(()))}


def test_the_course_is_drawn_within_its_width() -> None:
    text = [plain(one) for one in soak_lines(judged(samples(MEGABYTE)), width=60)]
    assert all(len(one) <= 60 for one in text)
    assert any("█" in one for one in text)
    assert "leak" in text[-2]
