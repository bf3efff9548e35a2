"""Sluice's own record: what is written is read back the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sluice.evidence.model import LARGEST, Better, Measure
from sluice.evidence.problems import one_line
from sluice.evidence.reading import read_report
from sluice.evidence.records import record_line, usually_better
from sluice.evidence.units import KNOWN_UNITS, Dimension, unit_named

SIGNED = {unit for unit in KNOWN_UNITS if unit_named(unit).dimension not in {Dimension.SIZE, Dimension.TIME}}
UNITS = st.sampled_from([unit for unit in KNOWN_UNITS if unit != "pp"])


def measures_in(unit: str) -> st.SearchStrategy[Measure]:
    numbers = st.floats(-LARGEST if unit in SIGNED else 0.0, LARGEST)
    return st.builds(
        Measure,
        name=st.text(max_size=30).map(lambda text: one_line(f"own/{text}")),
        unit=st.just(unit),
        better=st.sampled_from(Better),
        value=numbers,
        samples=st.lists(numbers, max_size=4).map(tuple),
        commit=st.none() | st.just("0123abc"),
        machine=st.none() | st.just("m-1"),
    )


@pytest.mark.slow
@given(UNITS.flatmap(measures_in))
def test_a_written_measure_is_read_back(measure: Measure) -> None:
    evidence = read_report(record_line(measure), source="measures.jsonl")
    assert evidence.problems == ()
    assert [replace(found, digest="", tool="") for found in evidence.measures] == [measure]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"measure":"a","value":1,"unit":"furlong"}', "line 2: unknown unit 'furlong'. expected one of B, KB"),
        ('{"measure":"a","value":NaN,"unit":"s"}', "line 2 can't be read: JSON is malformed"),
        ('{"measure":"a","value":"1","unit":"s"}', "line 2 can't be read: Expected `float`, got `str`"),
        ('{"measure":"a","value":1,"unit":"s","bettr":"lower"}', "line 2 can't be read: Object contains unknown field"),
        ('{"measure":"","value":1,"unit":"s"}', "can't be read: a measure needs a name"),
        ('{"measure":"good","value":1,"unit":"ms"}', "good is measured in several units or directions; none was read"),
        ('{"measure":"a","value":-1,"unit":"MB"}', "line 2 can't be read: a is negative, which no size is"),
        (
            '{"measure":"a","value":1,"unit":"ms","samples":[1,-1]}',
            "line 2 can't be read: a is negative, which no time is",
        ),
        ('{"measure":"a","value":1,"unit":"pp"}', "line 2 can't be read: a: pp is a unit of changes, a value has %"),
        ('{"measure":"a","value":1e101,"unit":"%"}', "a can't be read: a: 1e+101 is beyond every measure"),
        ('{"measure":"a\\nb","value":1,"unit":"s"}', "line 2 can't be read: the name 'a\\nb' is not one line"),
        ("not json", "line 2 can't be read: JSON is malformed"),
    ],
)
def test_a_bad_line_is_a_problem(line: str, problem: str) -> None:
    evidence = read_report(f'{{"measure":"good","value":1,"unit":"s"}}\n{line}\n'.encode(), source="m.jsonl")
    assert [problem in found.title for found in evidence.problems] == [True], evidence.problems


def test_a_line_that_does_not_end_is_a_problem() -> None:
    evidence = read_report(b'{"measure":"a","value":1,"unit":"s"}', source="m.jsonl")
    assert [found.id for found in evidence.problems] == ["truncated"]


def test_shares_and_rates_are_better_when_higher() -> None:
    assert [unit for unit in ("%", "ratio", "1/s", "MB/s") if usually_better(unit) is not Better.HIGHER] == []
    assert [unit for unit in ("B", "ns", "count") if usually_better(unit) is not Better.LOWER] == []
