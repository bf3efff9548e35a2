from __future__ import annotations

import pytest

from sluice.runners.container.specification.arguments import health_check, read_arguments
from sluice.runners.container.specification.options import HealthOptions, parse_options
from sluice.runners.container.specification.request import ContainerRequest
from sluice.source.errors import UsageError


def test_a_service_becomes_the_arguments_of_a_container() -> None:
    request = ContainerRequest(
        name="db",
        image="mysql:8",
        env={"A": "1"},
        ports=("3306:3306", "53/udp", "127.0.0.2:80:80"),
        volumes=("/a:/b:ro",),
        command="--flag 'two words'",
        entrypoint="/start",
    )
    options = parse_options("-e B=2 --cpus 1.5 --ulimit nofile=1:2 --tmpfs /t:size=1m --label x=y --network-alias z")
    arguments = read_arguments(request, options, {"own": "1"})
    assert arguments.container == {
        "image": "mysql:8",
        "environment": {"A": "1", "B": "2"},
        "labels": {"x": "y", "own": "1"},
        "ports": [(3306, "tcp"), (53, "udp"), (80, "tcp")],
        "entrypoint": "/start",
        "command": ["--flag", "two words"],
    }
    assert arguments.host == {
        "port_bindings": {
            "3306/tcp": [("127.0.0.1", 3306)],
            "53/udp": [("127.0.0.1", None)],
            "80/tcp": [("127.0.0.2", 80)],
        },
        "binds": ["/a:/b:ro"],
        "nano_cpus": 1_500_000_000,
        "ulimits": [{"Name": "nofile", "Soft": 1, "Hard": 2}],
        "tmpfs": {"/t": "size=1m"},
    }
    assert arguments.aliases == ("db", "z")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--gpus all", "the option '--gpus' is not carried out; leave it out"),
        ("--cpus many", "the option '--cpus many' can't be read"),
        ("--ulimit nofile=x", "the option '--ulimit nofile=x' can't be read"),
    ],
)
def test_an_option_that_is_not_carried_out_is_an_error(options: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_arguments(ContainerRequest(name="a", image="b"), parse_options(options), {})
    assert caught.value.message.startswith(message)


def test_health_options_become_a_check_in_nanoseconds() -> None:
    assert health_check(HealthOptions()) is None
    assert health_check(HealthOptions(disabled=True)) == {"test": ["NONE"]}
    assert health_check(HealthOptions(command="x y", interval=0.5, timeout=2, retries=7, start_period=1)) == {
        "test": ["CMD-SHELL", "x y"],
        "interval": 500_000_000,
        "timeout": 2_000_000_000,
        "retries": 7,
        "start_period": 1_000_000_000,
    }
