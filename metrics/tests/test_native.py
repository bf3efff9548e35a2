"""What only the native twin has: loops in C, and threads that hold no lock."""

import math
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Barrier, Event, Thread
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import loka_metrics
from loka_metrics import MetricError, pure
from loka_metrics.protocol import Gauge
from loka_metrics.timing import KINDS, bench

native = pytest.importorskip("loka_metrics.native", reason="the extension was not built here: no compiler")

ROUNDS = 200_000
FLOATS = st.floats(allow_nan=True, allow_infinity=True)
STEPS = st.lists(st.tuples(st.sampled_from(["inc", "dec", "set"]), FLOATS), max_size=30)
BOUNDS = st.lists(st.floats(allow_nan=False, allow_infinity=False), unique=True, max_size=80).map(sorted)


def outcome(cell: object, method: str, value: float) -> str:
    """What a call gave or how it failed."""
    try:
        return repr(getattr(cell, method)(value))
    except MetricError as error:
        return str(error)


def same(left: float, right: float) -> bool:
    return left == right or (math.isnan(left) and math.isnan(right))


@given(STEPS)
def test_twin_gauges_agree(steps: list[tuple[str, float]]) -> None:
    twins = native.Gauge(), pure.Gauge()
    for method, value in steps:
        first, second = (outcome(twin, method, value) for twin in twins)
        assert first == second
    assert same(twins[0].value, twins[1].value)


@given(st.lists(FLOATS, max_size=30))
def test_twin_counters_agree(amounts: list[float]) -> None:
    twins = native.Counter(), pure.Counter()
    for amount in amounts:
        first, second = (outcome(twin, "inc", amount) for twin in twins)
        assert first == second
    assert twins[0].value == twins[1].value


@given(BOUNDS, st.lists(FLOATS, max_size=40))
def test_twin_histograms_agree(bounds: list[float], values: list[float]) -> None:
    twins = native.Histogram(bounds), pure.Histogram(bounds)
    for value in values + bounds:
        for twin in twins:
            twin.observe(value)
    (counts, total), (other_counts, other_total) = (twin.snapshot() for twin in twins)
    assert counts == other_counts
    assert same(total, other_total)


@pytest.mark.parametrize("threads", [1, 2, 15, 16, 60])
def test_nothing_is_lost_between_threads_without_the_interpreters_lock(threads: int) -> None:
    counter, gauge, histogram = native.Counter(), native.Gauge(), native.Histogram([0.5, 8.0])
    for _ in range(2):
        native.loop(counter, "inc", 1024, threads)
        native.loop(gauge, "inc", 1024, threads)
        native.loop(histogram, "observe", 1024, threads)
    assert counter.value == gauge.value == 2 * 1024 * threads
    counts, total = histogram.snapshot()
    assert counts == tuple(2 * threads * count for count in (33, 513, 1024))
    assert total == 2 * threads * sum(range(1024)) / 64


def test_nothing_is_lost_between_threads_that_share_a_slot_since_all_others_are_taken() -> None:
    counter, gauge, histogram = native.Counter(), native.Gauge(), native.Histogram([0.5, 8.0])
    with others_counting(16):
        for cell, kind in ((counter, "inc"), (gauge, "inc"), (histogram, "observe")):
            native.loop(cell, kind, ROUNDS, 4)
        assert counter.value == gauge.value == 4 * ROUNDS
        assert histogram.snapshot()[0][-1] == 4 * ROUNDS
        gauge.set(3)
        native.loop(gauge, "set", ROUNDS, 4)
        assert gauge.value == 1


@contextmanager
def others_counting(count: int) -> Iterator[None]:
    """So many threads that have counted once and have not ended."""
    end, begun = Event(), Barrier(count + 1)

    def count_once() -> None:
        native.Counter().inc()
        begun.wait()
        end.wait()

    threads = [Thread(target=count_once) for _ in range(count)]
    for thread in threads:
        thread.start()
    begun.wait()
    try:
        yield
    finally:
        end.set()
        for thread in threads:
            thread.join()


@pytest.mark.parametrize("threads", [1, 2, 60])
def test_a_gauge_that_is_set_again_and_again_is_never_read_between_two_values(threads: int) -> None:
    gauge = native.Gauge()
    gauge.set(5)
    assert read_meanwhile(gauge, "set", threads) <= {5.0, 1.0}
    assert gauge.value == 1
    gauge.inc(2)
    assert gauge.value == 3


@pytest.mark.parametrize("threads", [1, 2, 60])
def test_a_gauge_that_goes_up_is_never_seen_to_fall_and_forgets_all_of_it_when_it_is_set(threads: int) -> None:
    gauge = native.Gauge()
    for _ in range(3):
        gauge.set(-7)
        seen = read_meanwhile(gauge, "inc", threads)
        assert min(seen) >= -7
        assert max(seen) <= gauge.value == ROUNDS * threads - 7


def read_meanwhile(gauge: Gauge, kind: Literal["inc", "set"], threads: int) -> set[float]:
    """What a gauge shows while native threads, which hold no lock, change it. A value below the last one fails."""
    changing = Thread(target=native.loop, args=(gauge, kind, ROUNDS, threads))
    seen = {gauge.value}
    changing.start()
    while changing.is_alive():
        now = gauge.value
        assert kind == "set" or now >= max(seen)
        seen.add(now)
    changing.join()
    return seen


def test_a_loop_says_how_many_nanoseconds_an_operation_took() -> None:
    assert 0.1 < native.loop(native.Counter(), "inc", 10_000) < 1e6


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_timed(kind: str) -> None:
    assert 0.1 < bench(kind, 1_000) < 1e6


def test_a_kind_that_is_not_timed_is_refused() -> None:
    with pytest.raises(MetricError) as raised:
        bench("summary", 1)
    kinds = "counter-inc, gauge-set, gauge-inc, histogram-observe"
    assert str(raised.value) == f"'summary' is not timed; these are: {kinds}"


def test_a_loop_that_the_kind_does_not_have_is_refused() -> None:
    with pytest.raises(MetricError, match=r"^loka_metrics\.native\.Counter has no native loop for set$"):
        native.loop(native.Counter(), "set", 1)
    with pytest.raises(MetricError, match=r"^a loop runs at least once, in at most 256 threads$"):
        native.loop(native.Counter(), "inc", 0)


CHURN = """
import gc, resource
from loka_metrics import native

def churn() -> int:
    for _ in range(20_000):
        native.Counter().inc()
        native.Histogram([1, 2, 3]).observe(2)
    gc.collect()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

first = churn()
print(churn() - first)
"""


@pytest.mark.slow
def test_cells_that_are_dropped_give_their_memory_back() -> None:
    """In a process of its own: what else this one does moves its peak, too."""
    grown = subprocess.run([sys.executable, "-c", CHURN], capture_output=True, text=True, check=True).stdout
    assert int(grown) < 2_000, "KiB"


def test_the_package_counts_natively_where_the_extension_was_built() -> None:
    assert loka_metrics.NATIVE
    assert isinstance(loka_metrics.Registry().counter("a", "").labels(), native.Counter)
