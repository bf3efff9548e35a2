"""Sockets for jobs, also on an address that is not this machine's yet."""

from __future__ import annotations

import asyncio
import errno
import socket
import sys
from functools import partial
from typing import cast

import anyio
import anyio.to_thread
import pytest

from sluice.runners.container.engine import Engine
from sluice.runners.container.network import JobNetwork, way_to_listen
from sluice.runners.container.rootless import ListensInside, listen_inside
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
        (Answers("Engine"), ELSEWHERE, listen_on),
        (Answers("Podman Engine", address="tcp://elsewhere:2375"), ELSEWHERE, listen_on),
    ],
)
def test_only_podman_keeps_its_gateway_from_the_machine(engine: Answers, gateway: str, way: Listen) -> None:
    assert anyio.run(partial(way_to_listen, cast("Engine", engine), gateway)) is way


def test_without_root_it_is_listened_in_a_namespace_of_podmans_own() -> None:
    rootless = cast("Engine", Answers("Podman Engine", rootless=True))
    assert isinstance(anyio.run(partial(way_to_listen, rootless, ELSEWHERE)), ListensInside)


@pytest.mark.parametrize("is_another", [True, False])
@pytest.mark.anyio
async def test_what_is_served_answers_in_the_namespace_that_there_is(
    monkeypatch: pytest.MonkeyPatch, is_another: bool
) -> None:
    """A namespace is an address of the loopback here: what is told apart is only which socket was asked for."""
    spaces = iter(("127.0.0.2", "127.0.0.3" if is_another else "127.0.0.2"))

    def inside(address: str, port: int) -> socket.socket:
        try:
            return socket.create_server((next(spaces), port))
        except OSError as error:
            raise UnavailableError(f"{address} refuses", tried=[f"OSError: {error}"]) from error

    monkeypatch.setattr("sluice.runners.container.rootless.listen_inside", inside)
    way = ListensInside()
    served = await anyio.to_thread.run_sync(way, ELSEWHERE, 0)
    host, port = served.getsockname()
    served.setblocking(False)
    engine = cast("Engine", Answers("Podman Engine", rootless=True))
    await JobNetwork(engine=engine, name="job", gateway=ELSEWHERE, labels={}, listen=way).settle()
    async with await anyio.connect_tcp("127.0.0.3" if is_another else host, port):
        accepted, _ = await asyncio.wait_for(asyncio.get_running_loop().sock_accept(served), 5)
        accepted.close()
    way.close()
    served.close()


def test_without_podman_at_hand_its_network_can_not_be_entered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UnavailableError, match="Podman without root keeps it to itself") as caught:
        listen_inside(ELSEWHERE, 0)
    assert "No such file" in caught.value.tried[0]
