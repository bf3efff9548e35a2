import math
from collections.abc import Callable
from threading import Thread

import pytest

from loka_metrics import MetricError
from loka_metrics.protocol import Cells


def test_a_counter_goes_up_by_one_or_by_what_is_said(cells: Cells) -> None:
    counter = cells.Counter()
    counter.inc()
    counter.inc(2.5)
    counter.inc(amount=0)
    assert counter.value == 3.5


@pytest.mark.parametrize("amount", [-1, -1e-9, math.inf, -math.inf, math.nan])
def test_a_counter_refuses_what_is_no_finite_step_up(cells: Cells, amount: float) -> None:
    counter = cells.Counter()
    counter.inc(7)
    with pytest.raises(MetricError, match="a counter goes up by finite amounts, not by "):
        counter.inc(amount)
    assert counter.value == 7


def test_the_twins_name_the_refused_amount_in_the_same_words(cells: Cells) -> None:
    with pytest.raises(MetricError) as raised:
        cells.Counter().inc(-1)
    assert str(raised.value) == "a counter goes up by finite amounts, not by -1.0"


def test_a_gauge_takes_a_value_and_goes_up_and_down(cells: Cells) -> None:
    gauge = cells.Gauge()
    gauge.set(10)
    gauge.inc()
    gauge.dec(0.5)
    gauge.inc(amount=-4)
    assert gauge.value == 6.5
    gauge.set(value=-math.inf)
    assert gauge.value == -math.inf


def test_a_value_at_a_bound_is_counted_below_it(cells: Cells) -> None:
    histogram = cells.Histogram([1, 2.5])
    for value in (0.5, 1, 1.0000001, 2.5, 2.6, -3):
        histogram.observe(value)
    counts, total = histogram.snapshot()
    assert counts == (3, 5, 6)
    assert total == pytest.approx(0.5 + 1 + 1.0000001 + 2.5 + 2.6 - 3)


def test_what_is_not_a_number_is_above_every_bound(cells: Cells) -> None:
    histogram = cells.Histogram([1, 2, 3])
    histogram.observe(math.nan)
    histogram.observe(math.inf)
    histogram.observe(-math.inf)
    counts, total = histogram.snapshot()
    assert counts == (1, 1, 1, 3)
    assert math.isnan(total)


def test_a_histogram_without_bounds_counts_all(cells: Cells) -> None:
    histogram = cells.Histogram([])
    histogram.observe(3)
    assert histogram.snapshot() == ((1,), 3.0)


@pytest.mark.parametrize("count", [1, 3, 4, 5, 31, 32, 33, 100, 257])
def test_many_bounds_are_searched_as_few_are(cells: Cells, count: int) -> None:
    histogram = cells.Histogram(range(count))
    for value in range(count + 1):
        histogram.observe(value - 0.5)
        histogram.observe(value)
    counts, _ = histogram.snapshot()
    assert counts == (*(2 * bound + 2 for bound in range(count)), 2 * count + 2)


@pytest.mark.parametrize("bounds", [[1, 1], [2, 1], [1, math.inf], [math.nan], [-math.inf, 0]])
def test_bounds_that_do_not_rise_are_refused(cells: Cells, bounds: list[float]) -> None:
    with pytest.raises(MetricError, match=r"^the bounds of buckets are finite and each is above the last$"):
        cells.Histogram(bounds)


@pytest.mark.parametrize("wrong", ["1", None, b"1", [1]])
def test_what_is_no_number_is_a_type_error(cells: Cells, wrong: object) -> None:
    changes: list[Callable[[object], None]] = [
        cells.Counter().inc,  # type: ignore[list-item]  # the wrong type is the point
        cells.Gauge().set,  # type: ignore[list-item]  # the wrong type is the point
        cells.Histogram([1]).observe,  # type: ignore[list-item]  # the wrong type is the point
    ]
    for change in changes:
        with pytest.raises(TypeError):
            change(wrong)


def test_arguments_that_are_not_there_are_type_errors(cells: Cells) -> None:
    gauge = cells.Gauge()
    with pytest.raises(TypeError):
        gauge.set()  # type: ignore[call-arg]  # the missing argument is the point
    with pytest.raises(TypeError):
        gauge.inc(1, 2)  # type: ignore[call-arg]  # as above
    with pytest.raises(TypeError):
        gauge.inc(by=2)  # type: ignore[call-arg]  # as above
    with pytest.raises(TypeError):
        gauge.set(1, value=2)  # type: ignore[misc]  # as above
    with pytest.raises(TypeError):
        cells.Counter(1)  # type: ignore[call-arg]  # as above
    assert gauge.value == 0


def test_too_large_a_number_is_an_overflow(cells: Cells) -> None:
    with pytest.raises(OverflowError):
        cells.Counter().inc(10**400)


def test_nothing_is_lost_between_python_threads(cells: Cells) -> None:
    counter, gauge, histogram = cells.Counter(), cells.Gauge(), cells.Histogram([1])

    def change() -> None:
        for _ in range(2_000):
            counter.inc()
            gauge.inc(2)
            histogram.observe(1)

    threads = [Thread(target=change) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counter.value == 40_000
    assert gauge.value == 80_000
    assert histogram.snapshot() == ((40_000, 40_000), 40_000.0)
