from sluice.gates.history.trend import Point, draw_trend


def points(*values: float) -> list[Point]:
    return [Point(commit=f"{index:07d}abc", day="2026-11-01", value=value) for index, value in enumerate(values)]


def test_a_change_of_level_is_told_at_its_first_value() -> None:
    lines = draw_trend(
        "bench/x", "ns", points(*([100, 101, 99, 100, 102, 98] * 2), *([150, 151, 149, 150, 152, 148] * 2))
    )
    assert lines[0] == "bench/x: 24 values, 1 change of level"
    assert [index for index, line in enumerate(lines) if "before" in line] == [13]
    assert lines[13].endswith("+50.0 %: 100 ns before, 150 ns from here")


def test_a_bar_is_as_long_as_its_value() -> None:
    lines = draw_trend("m", "count", points(0, 4, 8))
    assert lines == [
        "m: 3 values, 0 changes of level",
        "2026-11-01  0000000           0",
        f"2026-11-01  0000001           4  {'█' * 20}",
        f"2026-11-01  0000002           8  {'█' * 40}",
    ]
