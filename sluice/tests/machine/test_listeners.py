"""Who listens at a port is told whatever the program calls itself."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sluice.machine.listeners import who_listens

pytestmark = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="this system has no /proc")
_LISTEN = """
import socket, sys
open("/proc/self/comm", "wb").write(bytes.fromhex(sys.argv[2]))
listener = socket.create_server((sys.argv[1], 0), family=socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
print(listener.getsockname()[1], flush=True)
sys.stdin.read()
"""


@contextmanager
def listening(address: str, name: bytes) -> Iterator[tuple[int, int]]:
    """A program of this name: its port, its number."""
    command = [sys.executable, "-I", "-S", "-c", _LISTEN, address, name.hex()]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline()), process.pid
        process.communicate()


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
@pytest.mark.parametrize(("name", "told"), [(b"server", "server"), (b"a b", "a b"), (b"caf\xe9", "caf\ufffd")])
def test_a_program_is_named_with_its_number(address: str, name: bytes, told: str) -> None:
    if ":" in address and not socket.has_dualstack_ipv6():
        pytest.skip("no IPv6 here")
    with listening(address, name) as (port, number):
        assert who_listens(port) == f"{told} (process {number})"


def test_nobody_listens_where_a_socket_is_only_bound_or_connected() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        with socket.create_connection(server.getsockname()) as client:
            assert who_listens(bound.getsockname()[1]) == ""
            assert who_listens(client.getsockname()[1]) == ""
            assert who_listens(server.getsockname()[1]).endswith(f"(process {os.getpid()})")
