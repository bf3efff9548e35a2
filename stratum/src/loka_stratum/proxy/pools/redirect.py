"""A pool's ``client.reconnect`` in, where to go instead out. The miner never sees it: it would leave the proxy."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from msgspec import Raw

from loka_stratum.configuration.values import Endpoint
from loka_stratum.protocol.messages import MalformedError, decode

_LONGEST_WAIT_SECONDS = 600
_SHARED_SUFFIXES = frozenset({"ac", "co", "com", "edu", "gov", "net", "org"})
"""Second labels under which countries register names, so that a domain there has three labels."""


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where, and after how many seconds."""

    place: Endpoint
    wait: float


def read_redirect(params: Raw, current: Endpoint) -> Redirect:
    """``[host, port, wait]``, each of which may be missing: then it is the same place, at once."""
    parts = decode(params, list[object]) if len(params) else []
    host, port, wait = (*parts, None, None, None)[:3]
    try:
        number = int(port) if isinstance(port, (int, str)) and port != "" else current.port
        seconds = float(wait) if isinstance(wait, (int, float, str)) and wait != "" else 0.0
        named = host if isinstance(host, str) and host else current.host
        place = Endpoint.parse(str(Endpoint(named, number)))
    except (ValueError, OverflowError):
        raise MalformedError("client.reconnect names no host and port") from None
    return Redirect(place, min(max(0.0, seconds), _LONGEST_WAIT_SECONDS))


def may_follow(policy: str, configured: Endpoint, wanted: Endpoint) -> bool:
    """Whether the pool may send its miners there. Under ``same-domain``, a stranger in the line has no say."""
    if policy == "always" or wanted.host == configured.host:
        return policy != "never"
    if policy == "never" or _is_address(wanted.host) or _is_address(configured.host):
        return False
    return _domain(wanted.host) == _domain(configured.host) is not None


def _domain(host: str) -> str | None:
    """The registered domain, as far as it can be told without the list of all suffixes."""
    labels = host.lower().rstrip(".").split(".")
    size = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SHARED_SUFFIXES else 2
    return ".".join(labels[-size:]) if len(labels) >= size else None


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
