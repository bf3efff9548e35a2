"""Drawings of trends: what they say when somebody points at them, and that they are well-formed whatever the names."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from sluice.evidence.model import Better
from sluice.gates.history.trend import Point, Trend
from sluice.views.trends.axes import place_scale, round_step, spread, value_scale
from sluice.views.trends.drawing import draw_chart, draw_file
from sluice.views.trends.page import About, render_trends

LEVELS = (*([100, 101, 99, 100, 102, 98] * 2), *([150, 151, 149, 150, 152, 148] * 2))


def trend(*values: float, name: str = "bench/x", unit: str = "ms", better: Better = Better.LOWER) -> Trend:
    points = tuple(
        Point(commit=f"{index:07d}abc", day=f"2026-11-{index % 28 + 1:02d}", value=value)
        for index, value in enumerate(values)
    )
    return Trend(name=name, unit=unit, better=better, points=points)


def texts(drawing: str, kind: str) -> list[str]:
    root = ET.fromstring(drawing)  # noqa: S314 - what was just made here
    return ["".join(found.itertext()) for found in root.iter() if found.tag.endswith(kind)]


def test_every_value_and_level_says_what_it_is_when_pointed_at() -> None:
    titles = texts(draw_file(trend(*LEVELS)), "title")
    assert titles[:3] == [
        "level 100 ms",
        "level 150 ms",
        "+50.0 % from 0000012 (2026-11-13) on: 100 ms before, 150 ms since",
    ]
    assert titles[3] == "100 ms, 0000000, 2026-11-01"
    assert len(titles) == 3 + len(LEVELS)


def test_axes_are_labelled_in_a_unit_that_is_readable() -> None:
    found = texts(draw_file(trend(2_000_000, 4_000_000, unit="B")), "text")
    assert found[:3] == ["bench/x", "2 values, 0 changes of level, lower is better", "4 MB"]
    days = ["2026-11-01", "2026-11-02"]
    assert found[3:] == ["MB", "2", "2.5", "3", "3.5", "4", *days, "commits, oldest first"]


@pytest.mark.parametrize(("better", "kind"), [(Better.LOWER, "worse"), (Better.HIGHER, "better")])
def test_a_rise_is_good_or_bad_by_what_is_better(better: Better, kind: str) -> None:
    assert re.findall(r'<g class="(worse|better)">', draw_chart(trend(*LEVELS, better=better))) == [kind]


def test_a_single_value_and_equal_values_and_zeros_are_drawn() -> None:
    for values in ((5.0,), (5.0,) * 30, (0.0,) * 3, (-1.0, 1.0)):
        assert len(texts(draw_file(trend(*values)), "circle")) == 2 * len(values)


def test_flags_that_are_close_fly_in_rows_of_their_own() -> None:
    close = trend(*([10.0] * 10), *([20.0] * 10), *([40.0] * 10), *([80.0] * 200))
    drawn = draw_chart(close)
    boxes = re.findall(r'class="flag" x="([\d.]+)" y="([\d.]+)"', drawn)
    assert len(boxes) == len(close.changes) > 2
    places = [(float(x), float(y)) for x, y in boxes]
    assert not [(a, b) for a in places for b in places if a < b and abs(a[0] - b[0]) < 64 and abs(a[1] - b[1]) < 18]


def test_names_are_text_in_drawings_and_on_the_page() -> None:
    hostile = trend(1.0, 2.0, name='bench/<script>alert(1)</script>&"\x1b]')
    page = render_trends([hostile], About(title="<b>"))
    assert "<script" not in draw_file(hostile) + page
    assert "<small>&lt;b&gt;</small>" in page
    assert texts(draw_file(hostile), "text")[0].startswith("bench/<script>")


def test_the_page_shows_the_newest_change_first_and_marks_the_commit() -> None:
    moved, still = trend(*LEVELS, name="z/moved"), trend(1.0, 2.0, name="a/still")
    page = render_trends([still, moved], About(title="here", commit="0000001abc", left_out=3, back="report.html"))
    assert re.findall(r'<section id="([^"]+)"', page) == ["z%2Fmoved", "a%2Fstill"]
    assert page.count('class="point here"') == 2
    assert '<b class="worse">+50.0 %</b> since 0000012 of 2026-11-13, 100 ms before, 150 ms from there' in page
    assert "And 3 more" in page
    assert '<a href="report.html">' in page


def test_a_page_without_measures_says_how_to_get_some() -> None:
    assert "sluice gate --record" in render_trends([], About(title="here"))


def test_scales_take_round_ticks() -> None:
    assert value_scale([80, 81.5], 200, 0).ticks() == [80, 80.5, 81, 81.5]
    assert value_scale([1, 100], 200, 0).low == 0
    assert [round_step(step) for step in (0.003, 0.2, 1.1, 7)] == [0.005, 0.2, 2, 10]
    assert place_scale(1, 0, 10).at(0) == 5
    assert spread(50, 5) == [0, 12, 24, 37, 49]
    assert spread(2, 5) == [0, 1]


def test_a_measure_with_one_value_is_listed_and_not_drawn() -> None:
    page = render_trends([trend(1.0, 2.0, name="two"), trend(7.0, name="one<")], About(title="here"))
    assert re.findall(r'<section id="([^"]+)"', page) == ["two"]
    assert "<td>one&lt;</td>" in page
    assert "drawn from its second value on" in page
    assert "drawn from" not in render_trends([trend(1.0, 2.0)], About(title="here"))
