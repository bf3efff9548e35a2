"""What a container is created with, in the words of the engine's library.

In: a service or a job's container, its options. Out: the arguments of ``create_container`` and of
``create_host_config``. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from sluice.runners.container.specification.options import HealthOptions, Options
from sluice.runners.container.specification.ports import PortMapping, parse_ports
from sluice.runners.container.specification.request import ContainerRequest
from sluice.source.errors import UsageError
from sluice.source.words import split_words

_NANOSECONDS = 1_000_000_000


def _pairs(separator: str) -> Callable[[tuple[str, ...]], dict[str, str]]:
    def read(values: tuple[str, ...]) -> dict[str, str]:
        return {name: value for name, _, value in (text.partition(separator) for text in values)}

    return read


def _last(values: tuple[str, ...]) -> str:
    return values[-1]


def _number(values: tuple[str, ...]) -> int:
    return int(values[-1])


def _limits(values: tuple[str, ...]) -> list[dict[str, str | int]]:
    limits: list[dict[str, str | int]] = []
    for name, _, value in (text.partition("=") for text in values):
        soft, _, hard = value.partition(":")
        limits.append({"Name": name, "Soft": int(soft), "Hard": int(hard or soft)})
    return limits


def _restart(values: tuple[str, ...]) -> dict[str, str | int]:
    name, _, count = values[-1].partition(":")
    return {"Name": name, "MaximumRetryCount": int(count or 0)}


_Reader = tuple[str, Callable[[tuple[str, ...]], Any]]
_HOST: Mapping[str, _Reader] = MappingProxyType(
    {
        "--memory": ("mem_limit", _last),
        "--memory-swap": ("memswap_limit", _last),
        "--memory-reservation": ("mem_reservation", _last),
        "--cpus": ("nano_cpus", lambda values: int(float(values[-1]) * _NANOSECONDS)),
        "--cpuset-cpus": ("cpuset_cpus", _last),
        "--cpu-shares": ("cpu_shares", _number),
        "--shm-size": ("shm_size", _last),
        "--pids-limit": ("pids_limit", _number),
        "--oom-score-adj": ("oom_score_adj", _number),
        "--restart": ("restart_policy", _restart),
        "--ipc": ("ipc_mode", _last),
        "--pid": ("pid_mode", _last),
        "--runtime": ("runtime", _last),
        "--privileged": ("privileged", bool),
        "--init": ("init", bool),
        "--read-only": ("read_only", bool),
        "--tmpfs": ("tmpfs", _pairs(":")),
        "--ulimit": ("ulimits", _limits),
        "--cap-add": ("cap_add", list),
        "--cap-drop": ("cap_drop", list),
        "--add-host": ("extra_hosts", _pairs(":")),
        "--security-opt": ("security_opt", list),
        "--dns": ("dns", list),
        "--dns-search": ("dns_search", list),
        "--dns-option": ("dns_opt", list),
        "--device": ("devices", list),
        "--group-add": ("group_add", list),
        "--sysctl": ("sysctls", _pairs("=")),
    }
)
_CONTAINER: Mapping[str, _Reader] = MappingProxyType(
    {
        "--name": ("name", _last),
        "--hostname": ("hostname", _last),
        "--user": ("user", _last),
        "--workdir": ("working_dir", _last),
        "--entrypoint": ("entrypoint", _last),
        "--stop-signal": ("stop_signal", _last),
        "--platform": ("platform", _last),
        "--tty": ("tty", bool),
        "--interactive": ("stdin_open", bool),
    }
)
_READ_ELSEWHERE = frozenset(
    {"--label", "--volume", "--publish", "--network-alias", "--net-alias", "--pull", "--expose"}
)


class ContainerArguments(Struct, frozen=True, kw_only=True):
    """``container`` and ``host`` are keyword arguments; ``aliases`` its further names in the job's network."""

    container: Mapping[str, Any]
    host: Mapping[str, Any]
    aliases: tuple[str, ...]


def read_arguments(request: ContainerRequest, options: Options, labels: Mapping[str, str]) -> ContainerArguments:
    """The arguments for a container. Raises ``UsageError`` for an option that is not carried out."""
    values = options.values
    mappings = parse_ports([*request.ports, *values.get("--publish", ())])
    container: dict[str, Any] = {
        "image": request.image,
        "environment": {**request.env, **{name: value or "" for name, value in options.env.items()}},
        "labels": {**_pairs("=")(values.get("--label", ())), **labels},
        "ports": [(mapping.container, mapping.protocol) for mapping in mappings],
        **_read(values, _CONTAINER),
    }
    if request.entrypoint is not None:
        container["entrypoint"] = request.entrypoint
    if request.command is not None:
        container["command"] = split_words(request.command, "the command")
    if (check := health_check(options.health)) is not None:
        container["healthcheck"] = check
    host = {
        "port_bindings": _bindings(mappings),
        "binds": [*request.volumes, *values.get("--volume", ())],
        **_read(values, _HOST),
    }
    _check_all_read(values)
    aliases = (request.name, *values.get("--network-alias", ()), *values.get("--net-alias", ()))
    return ContainerArguments(container=container, host=host, aliases=aliases)


def _read(values: Mapping[str, tuple[str, ...]], readers: Mapping[str, _Reader]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for flag in values.keys() & readers.keys():
        name, reader = readers[flag]
        try:
            read[name] = reader(values[flag])
        except ValueError as error:
            raise UsageError(f"the option '{flag} {values[flag][-1]}' can't be read: {error}") from error
    return read


def _check_all_read(values: Mapping[str, tuple[str, ...]]) -> None:
    for flag in sorted(values.keys() - _HOST.keys() - _CONTAINER.keys() - _READ_ELSEWHERE):
        raise UsageError(f"the option '{flag}' is not carried out; leave it out")


def _bindings(mappings: tuple[PortMapping, ...]) -> dict[str, list[tuple[str, int | None]]]:
    """A mapping that names no address is bound on loopback alone: a job's services are nobody else's."""
    bindings: dict[str, list[tuple[str, int | None]]] = {}
    for mapping in mappings:
        key = f"{mapping.container}/{mapping.protocol}"
        bindings.setdefault(key, []).append((mapping.address or "127.0.0.1", mapping.host))
    return bindings


def health_check(health: HealthOptions) -> dict[str, Any] | None:
    """The check of the options, with times in nanoseconds; ``None`` leaves the image's own."""
    if health.disabled:
        return {"test": ["NONE"]}
    if health == HealthOptions():
        return None
    check: dict[str, Any] = {
        "interval": int(health.interval * _NANOSECONDS),
        "timeout": int(health.timeout * _NANOSECONDS),
        "retries": health.retries,
        "start_period": int(health.start_period * _NANOSECONDS),
    }
    if health.command is not None:
        check["test"] = ["CMD-SHELL", health.command]
    return check
