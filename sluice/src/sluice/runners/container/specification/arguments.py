"""What a container is created with, in the words of the engine's library.

In: a service or a job's container, its options. Out: the arguments of ``create_container`` and of
``create_host_config``. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from sluice.runners.container.specification.options import HEALTH, HealthOptions, Options
from sluice.runners.container.specification.ports import PortMapping, parse_ports
from sluice.runners.container.specification.request import ContainerRequest
from sluice.runners.container.specification.values import (
    graphics,
    hosts,
    last,
    limits,
    mounts,
    number,
    pairs,
    restart,
    size,
)
from sluice.source.errors import UsageError
from sluice.source.words import split_words

_NANOSECONDS = 1_000_000_000


_Reader = tuple[str, Callable[[tuple[str, ...]], Any]]
_HOST: Mapping[str, _Reader] = MappingProxyType(
    {
        "--memory": ("mem_limit", size),
        "--memory-swap": ("memswap_limit", size),
        "--memory-reservation": ("mem_reservation", size),
        "--memory-swappiness": ("mem_swappiness", number),
        "--cpus": ("nano_cpus", lambda values: int(float(values[-1]) * _NANOSECONDS)),
        "--cpuset-cpus": ("cpuset_cpus", last),
        "--cpu-shares": ("cpu_shares", number),
        "--shm-size": ("shm_size", size),
        "--pids-limit": ("pids_limit", number),
        "--oom-score-adj": ("oom_score_adj", number),
        "--restart": ("restart_policy", restart),
        "--ipc": ("ipc_mode", last),
        "--pid": ("pid_mode", last),
        "--runtime": ("runtime", last),
        "--privileged": ("privileged", bool),
        "--init": ("init", bool),
        "--read-only": ("read_only", bool),
        "--tmpfs": ("tmpfs", pairs(":")),
        "--ulimit": ("ulimits", limits),
        "--cap-add": ("cap_add", list),
        "--cap-drop": ("cap_drop", list),
        "--add-host": ("extra_hosts", hosts),
        "--security-opt": ("security_opt", list),
        "--dns": ("dns", list),
        "--dns-search": ("dns_search", list),
        "--dns-option": ("dns_opt", list),
        "--device": ("devices", list),
        "--group-add": ("group_add", list),
        "--sysctl": ("sysctls", pairs("=")),
        "--mount": ("mounts", mounts),
        "--gpus": ("device_requests", graphics),
        "--cpu-period": ("cpu_period", number),
        "--cpu-quota": ("cpu_quota", number),
        "--device-cgroup-rule": ("device_cgroup_rules", list),
        "--cgroup-parent": ("cgroup_parent", last),
        "--cgroupns": ("cgroupns", last),
        "--userns": ("userns_mode", last),
        "--uts": ("uts_mode", last),
        "--volumes-from": ("volumes_from", list),
        "--volume-driver": ("volume_driver", last),
    }
)
_CONTAINER: Mapping[str, _Reader] = MappingProxyType(
    {
        "--name": ("name", last),
        "--hostname": ("hostname", last),
        "--user": ("user", last),
        "--workdir": ("working_dir", last),
        "--entrypoint": ("entrypoint", last),
        "--stop-signal": ("stop_signal", last),
        "--stop-timeout": ("stop_timeout", number),
        "--domainname": ("domainname", last),
        "--mac-address": ("mac_address", last),
        "--platform": ("platform", last),
        "--tty": ("tty", bool),
        "--interactive": ("stdin_open", bool),
    }
)
_READ_BELOW = frozenset(
    {"--label", "--volume", "--publish", "--network-alias", "--net-alias", "--env", "--log-driver", "--log-opt"}
)
_WITHOUT_EFFECT = frozenset({"--pull", "--expose"})
"""An image that is here is taken, and containers of a network reach every port of each other anyway."""

CARRIED_OUT = frozenset(_HOST) | frozenset(_CONTAINER) | _READ_BELOW | _WITHOUT_EFFECT | HEALTH | {"--no-healthcheck"}


class ContainerArguments(Struct, frozen=True, kw_only=True):
    """``container`` and ``host`` are keyword arguments; ``aliases`` its further names in the job's network."""

    container: Mapping[str, Any]
    host: Mapping[str, Any]
    aliases: tuple[str, ...]


def read_arguments(request: ContainerRequest, options: Options, labels: Mapping[str, str]) -> ContainerArguments:
    """The arguments for a container. Raises ``UsageError`` for a value that can't be read."""
    values = options.values
    mappings = parse_ports([*request.ports, *values.get("--publish", ())])
    container: dict[str, Any] = {
        "image": request.image,
        "environment": {**request.env, **{name: value or "" for name, value in options.env.items()}},
        "labels": {**pairs("=")(values.get("--label", ())), **labels},
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
    if "--log-driver" in values:
        host["log_config"] = {"type": last(values["--log-driver"]), "config": pairs("=")(values.get("--log-opt", ()))}
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
