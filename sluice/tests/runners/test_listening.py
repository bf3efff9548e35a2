"""Sockets for jobs, also on an address that is not this machine's yet."""

from __future__ import annotations

import errno
import sys
from functools import partial
from typing import cast

import anyio
import pytest

from sluice.runners.container.engine import Engine
from sluice.runners.container.network import gateway_comes_later
from sluice.runners.listening import is_here, listen_on

ELSEWHERE = "198.51.100.7"  # kept for examples (RFC 5737)


class Answers:
    """An engine that says what it is."""

    def __init__(self, name: str, *, rootless: bool = False, address: str = "unix:///run/it.sock") -> None:
        self.address = address
        self._told = {"version": {"Components": [{"Name": name}]}, "info": {"Rootless": rootless}}

    async def call(self, name: str) -> object:
        return self._told[name]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux binds to an address before it is there")
def test_a_socket_may_listen_before_its_address_is_there() -> None:
    assert (is_here("127.0.0.1"), is_here(ELSEWHERE)) == (True, False)
    with pytest.raises(OSError, match="assign") as refused:
        listen_on(ELSEWHERE, 0)
    assert refused.value.errno == errno.EADDRNOTAVAIL
    with listen_on(ELSEWHERE, 0, ahead=True) as listener:
        assert listener.getsockname()[0] == ELSEWHERE


@pytest.mark.parametrize(
    ("engine", "gateway", "later"),
    [
        (Answers("Podman Engine"), ELSEWHERE, True),
        (Answers("Podman Engine"), "127.0.0.1", False),
        (Answers("Podman Engine", rootless=True), ELSEWHERE, False),
        (Answers("Engine"), ELSEWHERE, False),
        (Answers("Podman Engine", address="tcp://elsewhere:2375"), ELSEWHERE, False),
    ],
)
def test_only_podman_as_root_gives_the_machine_its_gateway_later(engine: Answers, gateway: str, later: bool) -> None:
    assert anyio.run(partial(gateway_comes_later, cast("Engine", engine), gateway)) is later
