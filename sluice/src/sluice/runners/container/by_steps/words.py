"""The words of ``docker run`` and ``docker create``, so that what they publish is the job's own. Pure.

A job with a network of its own has its ports to itself, as on a machine of GitHub's: the machine gives any free port of
its loopback instead of the one that was asked for, and the job's network leads the asked one there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

PORTS = "sluice.ports"
"""The label with what was asked for: ``8080:80/tcp``, by blanks."""
_SWITCHES = frozenset(
    {"--detach", "--interactive", "--tty", "--rm", "--init", "--privileged", "--read-only", "--publish-all", "--quiet"}
    | {"--no-healthcheck", "--oom-kill-disable", "--sig-proxy", "--disable-content-trust", "--help"}
    | {"--use-api-socket"}
)
"""Options that take no value; each other one does (docs.docker.com/reference/cli/docker/container/run)."""
_SHORT_SWITCHES = frozenset("ditPq")
_PUBLISHED = re.compile(r"(?:\d+(?:\.\d+){3}:)?(?P<outer>\d+):(?P<inner>\d+)(?:/(?P<kind>tcp|udp))?")

_SOURCE = re.compile(r"((?:^|,)(?:source|src)=)(/[^,]*)")


class Port(NamedTuple):
    """A published port as it was asked for: the job's, the container's, tcp or udp."""

    outer: int
    inner: int
    kind: str


class Option(NamedTuple):
    """An option as it was written, and its value, empty for a switch."""

    name: str
    value: str
    words: tuple[str, ...]


def with_labels(words: Sequence[str], labels: Mapping[str, str]) -> list[str]:
    """What stands behind a command, with these labels first."""
    return [*(word for name, value in labels.items() for word in ("--label", f"{name}={value}")), *words]


def placed(words: Sequence[str], on_machine: Callable[[str], str]) -> list[str]:
    """What stands behind ``docker run``, with the folders that it binds where this machine has them."""
    options, taken = read_options(words)
    return [*(word for option in options for word in _bound(option, on_machine)), *words[taken:]]


def _bound(option: Option, on_machine: Callable[[str], str]) -> Sequence[str]:
    if option.name in {"-v", "--volume"} and option.value.startswith("/") and ":" in option.value:
        outer, _, rest = option.value.partition(":")
        return ("--volume", f"{on_machine(outer)}:{rest}")
    if option.name == "--mount":
        return ("--mount", _SOURCE.sub(lambda found: found[1] + on_machine(found[2]), option.value))
    return option.words


def apart(words: Sequence[str], labels: Mapping[str, str]) -> list[str]:
    """What stands behind ``docker run``, with these labels, and with its ports left to the machine.

    Ranges, addresses of IPv6 and what names no port of the machine stay as they are.
    """
    options, taken = read_options(words)
    ports = [port for option in options if (port := _port(option)) is not None]
    asked = {PORTS: " ".join(f"{port.outer}:{port.inner}/{port.kind}" for port in ports)} if ports else {}
    kept = [word for option in options for word in _left_to_machine(option)]
    return with_labels([*kept, *words[taken:]], {**labels, **asked})


def is_detached(words: Sequence[str]) -> bool:
    """Whether ``docker run`` ends as soon as its container runs."""
    found = [option.value for option in read_options(words)[0] if option.name in {"-d", "--detach"}]
    return bool(found) and found[-1] != "false"


def is_on_host(words: Sequence[str]) -> bool:
    """Whether the container shares the network of the engine's machine."""
    return any(one.name in {"--network", "--net"} and one.value == "host" for one in read_options(words)[0])


def read_ports(label: str) -> list[Port]:
    """What the label ``PORTS`` says."""
    found = (_PUBLISHED.fullmatch(entry) for entry in label.split())
    return [Port(int(one["outer"]), int(one["inner"]), one["kind"] or "tcp") for one in found if one is not None]


def read_options(words: Sequence[str]) -> tuple[list[Option], int]:
    """The options before the image's name, and how many words they are."""
    found: list[Option] = []
    at = 0
    while at < len(words) and words[at].startswith("-") and words[at] not in {"-", "--"}:
        options, taken = _long(words[at:]) if words[at].startswith("--") else _short(words[at:])
        found += options
        at += taken
    return found, min(at, len(words))


def _long(words: Sequence[str]) -> tuple[list[Option], int]:
    name, equals, value = words[0].partition("=")
    if equals or name in _SWITCHES:
        return [Option(name, value, (words[0],))], 1
    return [Option(name, "".join(words[1:2]), tuple(words[:2]))], 2


def _short(words: Sequence[str]) -> tuple[list[Option], int]:
    """Several letters in one word are an option each; behind the first that takes a value stands that."""
    found: list[Option] = []
    letters = words[0][1:]
    for number, letter in enumerate(letters):
        name, rest = f"-{letter}", letters[number + 1 :]
        if letter not in _SHORT_SWITCHES:
            value = rest.removeprefix("=") if rest else "".join(words[1:2])
            return [*found, Option(name, value, (name, value))], 1 if rest else 2
        if rest.startswith("="):
            return [*found, Option(name, rest[1:], (f"{name}{rest}",))], 1
        found.append(Option(name, "", (name,)))
    return found, 1


def _port(option: Option) -> Port | None:
    if option.name not in {"-p", "--publish"}:
        return None
    return next(iter(read_ports(option.value)), None) if _PUBLISHED.fullmatch(option.value) else None


def _left_to_machine(option: Option) -> Sequence[str]:
    port = _port(option)
    return option.words if port is None else ("--publish", f"127.0.0.1::{port.inner}/{port.kind}")
