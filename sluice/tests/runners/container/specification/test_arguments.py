from __future__ import annotations

import pytest

from sluice.runners.container.specification.arguments import CARRIED_OUT, health_check, read_arguments
from sluice.runners.container.specification.options import (
    HEALTH,
    SEVERAL,
    SINGLE,
    SWITCHES,
    HealthOptions,
    parse_options,
)
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
    ("options", "said"),
    [
        ("--cpus many", "could not convert string to float: 'many'"),
        ("--ulimit nofile", "expected NAME=SOFT[:HARD], as nofile=1024:2048"),
        ("--memory lots", "expected a size, as 512m or 1.5g"),
        ("--add-host foo", "expected NAME:ADDRESS"),
        ("--restart sometimes", "expected one of no, always, unless-stopped, on-failure"),
        (
            "--mount type=nfs,target=/x",
            "expected type=TYPE,source=PLACE,target=PLACE; a type is one of bind, volume, tmpfs",
        ),
        ("--mount type=bind,source=/a,target=/x,speed=9", "'speed' of a bind is not carried out"),
        ("--mount type=bind,source=/a,target=/x,volume-opt=a=b", "'volume-opt' of a bind is not carried out"),
    ],
)
def test_a_value_that_can_not_be_read_is_an_error(options: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_arguments(ContainerRequest(name="a", image="b"), parse_options(options), {})
    assert caught.value.message == f"the option '{options}' can't be read: {said}"


@pytest.mark.parametrize(
    ("option", "arguments"),
    [
        ("--memory 512m", {"mem_limit": 512 << 20}),
        ("--memory 1.5GB", {"mem_limit": 3 << 29}),
        ("--memory-swap -1", {"memswap_limit": -1}),
        ("--shm-size 1000", {"shm_size": 1000}),
        ("--add-host a=1.2.3.4 --add-host b:::1", {"extra_hosts": {"a": "1.2.3.4", "b": "::1"}}),
        ("--gpus all", {"device_requests": [{"capabilities": [["gpu"]], "count": -1}]}),
        ("--gpus device=0,1", {"device_requests": [{"capabilities": [["gpu"]], "device_ids": ["0", "1"]}]}),
        ("--log-driver none", {"log_config": {"type": "none", "config": {}}}),
        ("--volume-driver nfs", {"volume_driver": "nfs"}),
        (
            "--mount src=d,dst=/d,volume-nocopy,volume-label=a=b,volume-opt=type=nfs,volume-opt=o=rw",
            {
                "mounts": [
                    {
                        "Type": "volume",
                        "Target": "/d",
                        "Source": "d",
                        "ReadOnly": False,
                        "VolumeOptions": {
                            "NoCopy": True,
                            "DriverConfig": {"Name": "local", "Options": {"type": "nfs", "o": "rw"}},
                            "Labels": {"a": "b"},
                        },
                    }
                ]
            },
        ),
        (
            "--mount type=tmpfs,dst=/x,tmpfs-size=1m,tmpfs-mode=1777 --mount type=bind,src=/a,target=/b,readonly",
            {
                "mounts": [
                    {
                        "Type": "tmpfs",
                        "Target": "/x",
                        "Source": "",
                        "ReadOnly": False,
                        "TmpfsOptions": {"SizeBytes": 1 << 20, "Mode": 0o1777},
                    },
                    {"Type": "bind", "Target": "/b", "Source": "/a", "ReadOnly": True},
                ]
            },
        ),
    ],
)
def test_a_value_is_read_as_docker_reads_it(option: str, arguments: dict[str, object]) -> None:
    host = read_arguments(ContainerRequest(name="a", image="b"), parse_options(option), {}).host
    assert {name: value for name, value in host.items() if name not in {"port_bindings", "binds"}} == arguments


def test_every_option_that_is_known_is_carried_out() -> None:
    assert SINGLE | SEVERAL | SWITCHES | HEALTH == CARRIED_OUT


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
