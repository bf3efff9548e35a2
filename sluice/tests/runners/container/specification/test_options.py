from __future__ import annotations

import pytest

from sluice.runners.container.specification.options import HealthOptions, parse_options
from sluice.source.errors import UsageError


def test_the_usual_health_options_are_read() -> None:
    text = """--health-cmd pg_isready
      --health-interval 10s --health-timeout=5s
      --health-retries 5 --health-start-period 1m30s"""
    assert parse_options(text).health == HealthOptions(
        command="pg_isready", interval=10, timeout=5, retries=5, start_period=90
    )


def test_no_options_are_dockers_defaults() -> None:
    options = parse_options("")
    assert options.health == HealthOptions(command=None, interval=30, timeout=30, retries=3, start_period=0)
    assert options.values == {}


def test_a_quoted_command_stays_whole() -> None:
    health = parse_options("""--health-cmd "redis-cli ping || exit 1" --health-interval 250ms""").health
    assert (health.command, health.interval) == ("redis-cli ping || exit 1", 0.25)
    assert health.patience == 0.75


@pytest.mark.parametrize("text", ["--health-cmd none", "--no-healthcheck", "--no-healthcheck=true"])
def test_a_check_can_be_switched_off(text: str) -> None:
    assert parse_options(text).health.disabled


def test_a_zero_is_dockers_default() -> None:
    assert parse_options("--health-interval 0 --health-retries 0").health == HealthOptions()


def test_variables_and_other_flags_are_read_in_every_notation() -> None:
    options = parse_options("-e A=1 --env=B=x=y -eC --cpus 1.5 -m512m --ulimit a=1 --ulimit b=2 --init --tty=false")
    assert options.env == {"A": "1", "B": "x=y", "C": None}
    assert options.values == {
        "--cpus": ("1.5",),
        "--memory": ("512m",),
        "--ulimit": ("a=1", "b=2"),
        "--init": ("true",),
    }
    assert options.one("--cpus") == "1.5"
    assert options.one("--name") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("--health-comand x", "the option '--health-comand' is unknown; expected '--health-cmd'?"),
        ("--zzz", "the option '--zzz' is unknown; expected one of docker create, such as --health-cmd"),
        ("--network host", "the option '--network' can't be given: the job's network is Sluice's, and"),
        ("pg_isready", "'pg_isready' in the options belongs to no flag"),
        ("--health-cmd", "the option '--health-cmd' needs a value"),
        ("--health-interval 10", "'10' is no time for '--health-interval'; expected a number with a unit"),
        ("--health-retries many", "'many' is no number for '--health-retries'; expected 0 or more"),
        ("--init=maybe", "'--init' is a switch; expected no value, 'true' or 'false', not 'maybe'"),
        ("-e =x", "'--env =x' has no name"),
        ("--health-cmd 'x", "can't be read: No closing quotation"),
    ],
)
def test_a_wrong_option_is_named(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_options(text)
    assert message in caught.value.message
