import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.events.log_ranges import LogRange, LogRanges


def grown(*added: tuple[int, int, int]) -> LogRanges:
    ranges = LogRanges()
    for offset, length, lines in added:
        ranges = ranges.added(offset, length, lines)
    return ranges


def test_ranges_that_touch_become_one() -> None:
    assert list(grown((0, 10, 1), (10, 5, 2), (15, 1, 1))) == [LogRange(0, 16, 4)]


def test_ranges_with_another_steps_lines_between_them_stay_apart() -> None:
    ranges = grown((0, 10, 1), (20, 5, 2), (25, 5, 1), (40, 1, 1))
    assert list(ranges) == [(0, 10, 1), (20, 10, 3), (40, 1, 1)]
    assert (ranges.length, ranges.lines, ranges.end) == (21, 5, 41)


def test_no_ranges_have_no_length() -> None:
    assert (len(LogRanges()), LogRanges().length, LogRanges().lines, LogRanges().end) == (0, 0, 0, 0)


def test_they_can_be_indexed_like_a_list() -> None:
    ranges = grown((0, 1, 1), (5, 1, 1), (9, 1, 1))
    assert (ranges[0], ranges[-1], ranges[1:]) == ((0, 1, 1), (9, 1, 1), ((5, 1, 1), (9, 1, 1)))
    with pytest.raises(IndexError):
        ranges[3]


def test_an_older_value_stays_what_it_was_and_can_grow_another_way() -> None:
    first = grown((0, 1, 1), (5, 1, 1))
    one = first.added(10, 1, 1).added(20, 1, 1)
    other = first.added(30, 1, 1).added(40, 1, 1)
    assert list(first) == [(0, 1, 1), (5, 1, 1)]
    assert list(one) == [(0, 1, 1), (5, 1, 1), (10, 1, 1), (20, 1, 1)]
    assert list(other) == [(0, 1, 1), (5, 1, 1), (30, 1, 1), (40, 1, 1)]


def test_equal_ranges_are_equal_values_however_they_came_about() -> None:
    assert grown((0, 1, 1), (1, 1, 1)) == grown((0, 2, 2))
    assert grown((0, 1, 1)) != grown((0, 1, 2))
    assert grown((0, 1, 1)) != [(0, 1, 1)]


@pytest.mark.slow
def test_a_million_ranges_that_touch_need_no_more_memory_than_one() -> None:
    ranges = LogRanges()
    for place in range(1_000_000):
        ranges = ranges.added(place, 1, 1)
    assert list(ranges) == [(0, 1_000_000, 1_000_000)]
    assert sys.getsizeof(ranges._closed) < 200


ADDED = st.tuples(st.integers(0, 50), st.integers(1, 5), st.integers(0, 3))


@given(st.lists(ADDED, max_size=30), st.lists(ADDED, max_size=10), st.integers(0, 30))
def test_growing_from_any_older_value_gives_what_growing_from_nothing_gives(
    added: list[tuple[int, int, int]], other: list[tuple[int, int, int]], cut: int
) -> None:
    values = [LogRanges()]
    for found in added:
        values.append(values[-1].added(*found))
    branch = values[min(cut, len(added))]
    for found in other:
        branch = branch.added(*found)
    assert branch == grown(*added[: min(cut, len(added))], *other)
    assert [list(value) for value in values] == [list(grown(*added[:count])) for count in range(len(added) + 1)]
