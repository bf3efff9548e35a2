"""Sockets for jobs, also on an address that is not this machine's yet."""

from __future__ import annotations

import errno
import sys
from functools import partial
from typing import cast

import anyio
import pytest

from sluice.runners.container.engine import Engine
from sluice.runners.container.network import way_to_listen
from sluice.runners.container.rootless import listen_inside
from sluice.runners.listening import Listen, is_here, listen_ahead, listen_on
from sluice.source.errors import UnavailableError

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
    ("engine", "gateway", "way"),
    [
        (Answers("Podman Engine"), ELSEWHERE, listen_ahead),
        (Answers("Podman Engine"), "127.0.0.1", listen_on),
        (Answers("Podman Engine", rootless=True), ELSEWHERE, listen_inside),
        (Answers("Engine"), ELSEWHERE, listen_on),
        (Answers("Podman Engine", address="tcp://elsewhere:2375"), ELSEWHERE, listen_on),
    ],
)
def test_only_podman_keeps_its_gateway_from_the_machine(engine: Answers, gateway: str, way: Listen) -> None:
    assert anyio.run(partial(way_to_listen, cast("Engine", engine), gateway)) is way


def test_without_podman_at_hand_its_network_can_not_be_entered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UnavailableError, match="Podman without root keeps it to itself") as caught:
        listen_inside(ELSEWHERE, 0)
    assert "No such file" in caught.value.tried[0]
