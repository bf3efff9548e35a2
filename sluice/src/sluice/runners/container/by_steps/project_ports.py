"""Ports that files of Compose publish, so that a job has them to itself, as those of ``docker run``. Pure.

In: the project as ``docker compose config`` prints it. Out: one more file, by which the machine gives any free port of
its loopback instead; what was asked for is a label (docs.docker.com/reference/compose-file/merge, ``!override``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sluice.runners.container.by_steps.words import PORTS

_PUBLISHING = re.compile(
    r"""^\s+["']?(?:ports|extends)["']?\s*:|^include\s*:|[{,]\s*["']?ports["']?\s*:""", re.MULTILINE
)
_MAKING = frozenset({"up", "run", "create", "watch"})
_FIRST = (2, 24, 4)
"""The first version of Compose that knows ``!override``."""
_ADDRESS = re.compile(r"\d+(?:\.\d+){3}")


def may_publish(command: Sequence[str], texts: Sequence[str]) -> bool:
    """Whether a command may make containers whose ports a file says: only then is Compose asked."""
    return command[:1] != [] and command[0] in _MAKING and any(_PUBLISHING.search(text) for text in texts)


def overrides(version: str) -> bool:
    """Whether a Compose of this version takes the file; one that was compiled by hand says none, and is a new one."""
    found = re.match(r"v?(\d+)\.(\d+)\.(\d+)", version.strip())
    return found is None or tuple(map(int, found.groups())) >= _FIRST


def with_own_ports(more: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """The content of one more file, and in it the ports that services of ``config`` publish, left to the machine."""
    services = {**more.get("services", {})}
    for name, service in (config.get("services") or {}).items():
        ports = service.get("ports") or []
        if asked := " ".join(_asked(ports)):
            own = {"labels": {PORTS: asked}, "ports": [_left_to_machine(port) for port in ports]}
            services[name] = {**services.get(name, {}), **own}
    return {**more, **({"services": services} if services else {})}


def file_text(content: Mapping[str, Any]) -> str:
    """As Compose reads it: lists of ports and caches take the place of those that other files say."""
    return re.sub(r'"(ports|cache_to)": \[', r'"\1": !override [', json.dumps(content))


def _asked(ports: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    return (f"{one['published']}:{one['target']}/{one.get('protocol') or 'tcp'}" for one in ports if _is_led(one))


def _left_to_machine(port: Mapping[str, Any]) -> Mapping[str, Any]:
    if not _is_led(port):
        return port
    return {**{name: value for name, value in port.items() if name != "published"}, "host_ip": "127.0.0.1"}


def _is_led(port: Mapping[str, Any]) -> bool:
    """Ranges, addresses of IPv6 and what names no port of the machine stay as they are."""
    address = port.get("host_ip") or "0.0.0.0"  # noqa: S104  # nosec B104 - what is looked for
    return str(port.get("published") or "").isdecimal() and _ADDRESS.fullmatch(address) is not None
