from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice

import pytest

from sluice.plan.event.schedule import ScheduleError, find_schedule_problems, next_times
from sluice.source.diagnostics import Severity
from sluice.workflow.model import Workflow


def times(cron: str, zone: str | None, after: str, count: int) -> list[str]:
    moments = islice(next_times(cron, zone, datetime.fromisoformat(after)), count)
    return [moment.isoformat() for moment in moments]


def test_a_line_comes_due_in_utc_by_default() -> None:
    assert times("30 5 * * 1-5", None, "2026-11-20T05:30:00+00:00", 2) == [
        "2026-11-23T05:30:00+00:00",
        "2026-11-24T05:30:00+00:00",
    ]
    assert times("*/15 0 * jan sun", None, "2026-12-31T00:00:00+00:00", 2) == [
        "2027-01-03T00:00:00+00:00",
        "2027-01-03T00:15:00+00:00",
    ]


def test_rule_29_a_timezone_moves_the_line_with_its_clocks() -> None:
    assert times("0 8 * * *", "Europe/Berlin", "2026-03-27T12:00:00+00:00", 3) == [
        "2026-03-28T08:00:00+01:00",
        "2026-03-29T08:00:00+02:00",
        "2026-03-30T08:00:00+02:00",
    ]


def test_a_time_that_the_clocks_leave_out_comes_and_one_they_repeat_comes_once() -> None:
    spring = list(islice(next_times("30 2 * * *", "Europe/Berlin", datetime(2026, 3, 28, 12, tzinfo=UTC)), 2))
    assert [moment.date().isoformat() for moment in spring] == ["2026-03-29", "2026-03-30"]
    autumn = times("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00+00:00", 2)
    assert [moment[:10] for moment in autumn] == ["2026-10-25", "2026-10-26"]


@pytest.mark.parametrize(
    ("cron", "message"),
    [
        ("* * * *", 'invalid `cron` attribute "* * * *": 5 fields are wanted, not 4'),
        ("0 0 0 * * *", 'invalid `cron` attribute "0 0 0 * * *": 5 fields are wanted, not 6'),
        ("60 * * * *", "invalid `cron` attribute \"60 * * * *\": '60' is no minute (0-59)"),
        ("0 24 * * *", "invalid `cron` attribute \"0 24 * * *\": '24' is no hour (0-23)"),
        ("0 0 * foo *", "invalid `cron` attribute \"0 0 * foo *\": 'foo' is no month (1-12)"),
        ("0 0 * * 7", "invalid `cron` attribute \"0 0 * * 7\": '7' is no day of the week (0-6)"),
        ("0 0 L * *", "invalid `cron` attribute \"0 0 L * *\": 'L' is no day of the month (1-31)"),
        ("*/0 * * * *", "invalid `cron` attribute \"*/0 * * * *\": '*/0' is no minute (0-59)"),
        ("5-1 * * * *", "invalid `cron` attribute \"5-1 * * * *\": '5-1' is no minute (0-59)"),
        ("@daily", 'invalid `cron` attribute "@daily": 5 fields are wanted, not 1'),
    ],
)
def test_a_bad_line_says_which_field_is_wrong(cron: str, message: str) -> None:
    with pytest.raises(ScheduleError) as caught:
        next(next_times(cron, None, datetime(2026, 1, 1, tzinfo=UTC)))
    assert str(caught.value) == message


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", ""])
def test_an_unknown_timezone_is_named(zone: str) -> None:
    with pytest.raises(ScheduleError, match="Unknown timezone"):
        next(next_times("0 0 * * *", zone, datetime(2026, 1, 1, tzinfo=UTC)))


def test_lines_that_come_too_often_are_warned_about_at_their_place(read_workflow: Callable[[str], Workflow]) -> None:
    workflow = read_workflow("""
on:
  schedule:
    - cron: '*/5 * * * *'
    - cron: '*/4 * * * *'
    - cron: '58,1 * * * *'
    - cron: '0 0 1 1 *'
    - cron: 'nonsense'
    - cron: '0 0 * * *'
      timezone: Atlantis
    - cron: '0 0 30 2 *'
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - run: "true"
""")
    found = find_schedule_problems(workflow.triggers["schedule"])
    assert [(one.span.start.line, one.severity, one.message) for one in found] == [
        (
            5,
            Severity.WARNING,
            "'*/4 * * * *' comes due more often than every 5 minutes, the shortest interval that GitHub runs",
        ),
        (
            6,
            Severity.WARNING,
            "'58,1 * * * *' comes due more often than every 5 minutes, the shortest interval that GitHub runs",
        ),
        (8, Severity.ERROR, 'invalid `cron` attribute "nonsense": 5 fields are wanted, not 1'),
        (9, Severity.ERROR, "Unknown timezone 'Atlantis': an IANA name such as 'Europe/Berlin' is wanted"),
        (11, Severity.ERROR, 'invalid `cron` attribute "0 0 30 2 *": Bad day-of-month'),
    ]
