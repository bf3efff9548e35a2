import pytest

from sluice.views.text.wording import age, clock, count, duration, moment, short_ref, size, verdict


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (-3, "0s"),
        (0, "0s"),
        (0.04, "0s"),
        (0.44, "0.4s"),
        (0.96, "1s"),
        (59.4, "59s"),
        (59.6, "1m 00s"),
        (184, "3m 04s"),
        (7500, "2h 05m"),
    ],
)
def test_durations_read_short(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


def test_a_clock_rounds_down_so_that_it_never_shows_the_future() -> None:
    assert [clock(seconds) for seconds in (None, 0.9, 1.0, 59.99, 61.2)] == ["", "0s", "1s", "59s", "1m 01s"]


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 B"), (999, "999 B"), (1400, "1.4 KB"), (18_230, "18 KB"), (999_600, "1.0 MB"), (5 * 10**15, "5000 TB")],
)
def test_sizes_are_in_decimal_units(number: int, text: str) -> None:
    assert size(number) == text


def test_counts_agree_with_their_noun() -> None:
    assert (count(1, "job"), count(2, "job"), count(0, "entry", "entries")) == ("1 job", "2 jobs", "0 entries")


def test_ages_are_rough() -> None:
    shown = [age(seconds) for seconds in (3, 300, 7300, 86400, 900000)]
    assert shown == ["just now", "5 min ago", "2 h ago", "1 day ago", "10 days ago"]


def test_moments_are_in_utc() -> None:
    assert moment(1_795_460_820.0) == "2026-11-23 19:07:00 UTC"


def test_refs_lose_what_everybody_knows() -> None:
    refs = ["refs/heads/a/b", "refs/tags/v1", "refs/pull/7/merge", "main"]
    assert [short_ref(ref) for ref in refs] == ["a/b", "v1", "pull/7", "main"]


def test_verdicts_are_words() -> None:
    assert [verdict(one) for one in ("failure", "interrupted", None)] == ["failed", "interrupted", "running"]
