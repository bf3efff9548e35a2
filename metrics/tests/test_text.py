import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from loka_metrics import Registry, pure
from loka_metrics.text import number

EXPECTED = r"""# HELP shares_total Shares, by \\ and \n"verdict".
# TYPE shares_total counter
shares_total{pool="b",verdict="stale"} 0
shares_total{pool="a \"quoted\" \\ \n",verdict="ok"} 3
# HELP up Whether it answers.
# TYPE up gauge
up -0.5
# HELP wait_seconds Wait.
# TYPE wait_seconds histogram
wait_seconds_bucket{pool="a",le="0.5"} 1
wait_seconds_bucket{pool="a",le="2.0"} 2
wait_seconds_bucket{pool="a",le="+Inf"} 3
wait_seconds_sum{pool="a"} 12.25
wait_seconds_count{pool="a"} 3
# HELP empty_total Nothing yet.
# TYPE empty_total counter
"""


def filled(registry: Registry) -> Registry:
    shares = registry.counter("shares_total", 'Shares, by \\ and \n"verdict".', ("pool", "verdict"))
    shares.labels("b", "stale")
    shares.labels('a "quoted" \\ \n', "ok").inc(3)
    registry.gauge("up", "Whether it answers.").set(-0.5)
    wait = registry.histogram("wait_seconds", "Wait.", (0.5, 2, math.inf), ("pool",)).labels("a")
    for seconds in (0.25, 1, 11):
        wait.observe(seconds)
    registry.counter("empty_total", "Nothing yet.", ("pool",))
    return registry


def test_the_text_is_as_prometheus_describes_it(registry: Registry) -> None:
    assert filled(registry).render() == EXPECTED


def test_prometheus_own_parser_reads_it_back(registry: Registry) -> None:
    families = {family.name: family for family in text_string_to_metric_families(filled(registry).render())}
    shares = [(sample.labels, sample.value) for sample in families["shares"].samples]
    assert families["shares"].documentation == 'Shares, by \\ and \n"verdict".'
    assert shares == [
        ({"pool": "b", "verdict": "stale"}, 0.0),
        ({"pool": 'a "quoted" \\ \n', "verdict": "ok"}, 3.0),
    ]
    assert {sample.name: sample.value for sample in families["wait_seconds"].samples[2:]} == {
        "wait_seconds_bucket": 3.0,
        "wait_seconds_sum": 12.25,
        "wait_seconds_count": 3.0,
    }
    assert families["wait_seconds"].type == "histogram"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.floats())
def test_any_text_and_number_survives_the_way_through_the_parser(label: str, value: float) -> None:
    registry = Registry(pure)
    registry.gauge("a", label, ("x",)).labels(label).set(value)
    _, _, after_help = registry.render().partition("\n")  # the parser strips white space from a help text
    (family,) = text_string_to_metric_families(after_help)
    (sample,) = family.samples
    assert sample.labels == {"x": label}
    assert sample.value == value or (math.isnan(sample.value) and math.isnan(value))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (2.0**53, "9007199254740992"),
        (1e300, "1e+300"),
        (1.5e-7, "1.5e-07"),
        (math.inf, "+Inf"),
        (-math.inf, "-Inf"),
        (math.nan, "NaN"),
    ],
)
def test_numbers_are_written_so_that_reading_gives_them_again(value: float, text: str) -> None:
    assert number(value) == text
    assert float(text) == value or math.isnan(value)
