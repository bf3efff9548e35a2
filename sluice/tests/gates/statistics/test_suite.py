import math
import random

import pytest

from sluice.gates.statistics.sequential import Looks, Outcome, Thresholds, replay
from sluice.gates.statistics.suite import bound_of_evidence, bound_of_measure, bound_of_suite, missing_chance


def test_the_interval_of_eight_pairs_misses_upwards_once_in_256() -> None:
    assert missing_chance(8, 0.99) == 1 / 256


def test_the_bound_of_one_measure_is_the_sum_over_its_looks() -> None:
    looks = Looks(pairs=(8, 16))
    assert bound_of_measure(looks) == missing_chance(8, 0.99) + missing_chance(16, 0.95)
    assert bound_of_measure() == pytest.approx(0.0528387, abs=1e-6)


def test_the_bound_of_a_suite_never_exceeds_certainty() -> None:
    assert bound_of_suite(2) == 2 * bound_of_measure()
    assert bound_of_suite(1000) == 1.0
    assert bound_of_evidence(1e-6, 100) == pytest.approx(7e-4)
    assert bound_of_evidence(0.5, 100) == 1.0


@pytest.mark.slow
def test_no_noise_however_large_fails_an_unchanged_measure_more_often_than_the_bound() -> None:
    source, trials = random.Random(7), 1500  # noqa: S311 - simulated noise
    thresholds = Thresholds(fail=math.log(1.2), fail_floor=math.log(1.1), warn=math.log(1.1))
    fails = sum(
        replay([source.gauss(0, 2.0) for _ in range(64)], thresholds).outcome is Outcome.FAIL for _ in range(trials)
    )
    assert 0 < fails / trials <= bound_of_measure()
