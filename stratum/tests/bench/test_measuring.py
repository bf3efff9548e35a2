"""The bench measures what it says, and its figures are compared within a round."""

import json
import sys

import pytest
from click.testing import CliRunner

from loka_stratum.bench.measuring import Measured, Program, added_milliseconds, measure, share_of_limit
from loka_stratum.bench.miners import Result
from loka_stratum.bench.table import lines_of
from loka_stratum.cli.bench_command import command
from loka_stratum.errors import UnavailableError


def measured(what: str, shares_per_second: float, p50: float, p99: float, cost: float = 10.0) -> Measured:
    return Measured(
        what=what,
        miners=10,
        result=Result(
            shares=100, seconds=1, shares_per_second=shares_per_second, p50_milliseconds=p50, p99_milliseconds=p99
        ),
        cpu_share=0.5,
        microseconds_per_share=cost,
        microseconds_per_connection=1,
        memory_bytes=30_000_000,
        memory_per_miner_bytes=1000,
        form="compiled",
    )


RELAYS = [measured("relay", 1000, 1, 5), measured("relay", 100, 9, 50), measured("relay", 1000, 1, 5)]
PROXIES = [
    measured("proxy", 500, 2, 9, 25),
    measured("proxy", 90, 10, 52, 25),
    measured("proxy", 600, 3, 6, 25),
]


def test_a_round_on_a_busy_machine_is_compared_within_itself() -> None:
    assert share_of_limit(RELAYS, PROXIES) == 0.6
    assert added_milliseconds(RELAYS, PROXIES) == (1, 2)


def test_latency_is_compared_at_a_pace_only() -> None:
    lines = list(lines_of(RELAYS, PROXIES, paced=True))
    assert lines[1].split()[:3] == ["relay", "10", "1000"]
    assert lines[-3:] == [
        "the proxy, compiled, passes 60% of what the relay does",
        "it adds 1.00 ms (p99 2.00 ms)",
        "a share costs 2.5 times the relay's processor time",
    ]
    assert "it adds" not in "".join(lines_of(RELAYS, PROXIES, paced=False))


@pytest.mark.slow
def test_the_command_measures_relay_and_proxy() -> None:
    result = CliRunner().invoke(command, ["--miners", "5", "--seconds", "0.3", "--rounds", "1", "--json"])
    assert result.exit_code == 0, result.output
    relay, proxy = json.loads(result.stdout)
    assert (relay["what"], proxy["what"]) == ("relay", "proxy")
    for each in (relay, proxy):
        assert each["result"]["shares"] > 20
        assert 0 < each["result"]["p50_milliseconds"] <= each["result"]["p99_milliseconds"]
        assert each["memory_bytes"] > 5_000_000


@pytest.mark.slow
def test_a_role_that_can_not_start_is_an_error() -> None:
    with pytest.raises(UnavailableError):
        measure("nonsense", 1, 0.1, 0)


@pytest.mark.slow
def test_another_program_is_measured_as_the_proxy_is() -> None:
    other = Program("other", (sys.executable, "-m", "loka_stratum.bench", "relay"))
    found = measure(other, 5, 0.3, 0.0)
    assert found.what == "other"
    assert found.result.shares > 20
