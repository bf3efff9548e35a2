"""Values against limits: on the limit itself, in other units, downwards."""

from __future__ import annotations

import pytest
from judging_samples import measure

from sluice.gates.baseline import Chosen, Origin
from sluice.gates.policy.model import BaselineKind, Gate
from sluice.gates.policy.reading import read_policy
from sluice.gates.verdict.measures import rule_on_measure
from sluice.gates.verdict.model import Verdict
from sluice.gates.verdict.ruling import Ruling


def gate(limit: str) -> Gate:
    (found,) = read_policy(f'[gate."**"]\nfail = "{limit}"\n').gates
    return found


def ruled(limit: str, before: tuple[float, str], after: tuple[float, str]) -> Ruling:
    chosen = Chosen(measure=measure("image/x", *before), origin=Origin(kind=BaselineKind.MERGE_BASE))
    (found,) = rule_on_measure(measure("image/x", *after), gate(limit), chosen)
    return found


@pytest.mark.parametrize(
    ("before", "after"),
    [((80.3, "MB"), (88.33, "MB")), ((-80.3, "%"), (-72.27, "%")), ((803, "KB"), (883_300, "B"))],
)
def test_a_share_of_exactly_the_limit_is_the_limit(before: tuple[float, str], after: tuple[float, str]) -> None:
    assert ruled(">= +10%", before, after).verdict is Verdict.FAIL
    assert ruled("> +10%", before, after).verdict is Verdict.PASS


def test_a_value_that_passes_shows_what_it_was_held_to_and_by_how_much_it_changed() -> None:
    (both,) = read_policy('[gate."**"]\nfail = "> +50MB"\nwarn = "> +20MB"\n').gates
    chosen = Chosen(measure=measure("image/x", 0, "MB"), origin=Origin(kind=BaselineKind.MERGE_BASE))
    (found,) = rule_on_measure(measure("image/x", 0, "MB"), both, chosen)
    assert found.limit is not None
    assert (found.limit.text, found.reason) == ("> +50MB", "+0 MB is not > +50MB")
    same = ruled("> +10%", (0, "MB"), (0, "MB"))
    assert same.change is not None
    assert (same.change.point, same.reason) == (0, "+0.0 % is not > +10%")


def test_one_sample_is_a_value_as_it_is() -> None:
    (found,) = rule_on_measure(measure("queue/depth", 10, samples=(10,)), gate("> 10"), None)
    assert (found.verdict, found.reason) == (Verdict.PASS, "10 is not > 10")


def test_a_hair_beside_the_limit_is_beside_it() -> None:
    assert ruled("> +10%", (80.3, "MB"), (88.3300000001, "MB")).verdict is Verdict.FAIL
    assert ruled(">= +10%", (80.3, "MB"), (88.3299999999, "MB")).verdict is Verdict.PASS
    assert ruled("> +50MB", (500_000_000, "B"), (550_000_001, "B")).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("limit", "samples", "words"),
    [
        (">= 10", (12, 14), "all of the interval 12 to 14 is >= 10, or at it"),
        ("<= 20", (12, 14), "all of the interval 12 to 14 is <= 20, or at it"),
        (">= 10", (2, 4), "the estimate 3 is not >= 10"),
        ("<= 10", (12, 14), "the estimate 13 is not <= 10"),
    ],
)
def test_the_interval_of_samples_is_told_in_their_own_numbers(
    limit: str, samples: tuple[float, ...], words: str
) -> None:
    (found,) = rule_on_measure(measure("queue/depth", 0, samples=samples * 8), gate(limit), None)
    assert found.reason == words
