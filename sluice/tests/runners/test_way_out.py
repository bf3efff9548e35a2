"""A job with a network of its own reaches the outside although the machine's packet filter drops what is passed on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import psutil
import pytest

from sluice.runners.host.isolation.isolation import HELD_ONLY, levels
from sluice.runners.host.isolation.outside import gateway

TOOLS = ("ip", "iptables", "nsenter", "unshare")
ABSENT = [tool for tool in TOOLS if shutil.which(tool) is None]
machine = [
    pytest.mark.needs_root,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root has networks translated"),
    pytest.mark.skipif(bool(ABSENT), reason=f"not installed: {', '.join(ABSENT)}"),
]
HEADER = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"
SERVE = (
    "import socket; s = socket.create_server(('198.18.0.1', 5432)); print('up', flush=True)\n"
    "while True: c, who = s.accept(); c.sendall(who[0].encode()); c.close()"
)
ASK = "import socket; print(socket.create_connection(('198.18.0.1', 5432), 5).recv(99).decode())"
JOB = """
import os, sys, anyio
from pathlib import Path
from sluice.runners.host.runner import HostRunner
from sluice.runners.host.isolation import isolation
from sluice.runners.protocol import WorkspaceRequest

root = Path(sys.argv[1])
isolation.reachable_resolver = lambda: "nameserver 198.18.0.1\\n"

async def main():
    runner = HostRunner(degrees=isolation.levels(linux=True, root=True, slirp=False))
    request = WorkspaceRequest(
        job="job", run="run", root=root / "job", tools=root / "tools", actions=root / "actions", repository="o/n"
    )
    async with runner.open(request) as workspace:
        print("open", flush=True)
        sys.stdin.readline()
        environment = {"PATH": os.environ["PATH"], **workspace.environment}
        command = [sys.executable, "-c", sys.argv[2]]
        process = await workspace.start(command, environment=environment, directory=workspace.paths.workspace)
        print((await process.read()).decode().strip(), await process.wait(), "network" in workspace.isolation)
    print(*runner.isolation.refusals)
    runner.rest()

anyio.run(main)
"""

TWO_ENGINES = """
import time
from sluice.runners.host.inside import nftables, way_out
from sluice.runners.host.inside.spawner import forward_packets

forward_packets()
tables = [nftables.masquerade(name, "10.201.0.0", 20) for name in ("one", "two")]
with way_out._Prober(("10.201.0.0", "7", "1500", "198.18.0.1")):
    end = time.monotonic() + 10
    while not (nftables.packets("one") and nftables.packets("two")) and time.monotonic() < end:
        time.sleep(0.01)
print(nftables.packets("one"), nftables.packets("two"))
"""


@contextmanager
def network() -> Iterator[int]:
    """A process whose network is its own."""
    with subprocess.Popen(
        ["unshare", "--net", "sh", "-c", "ip link set lo up; echo; exec sleep 60"], stdout=-1
    ) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield process.pid
        finally:
            process.kill()


def within(process: int, *command: str) -> str:
    words = ["nsenter", "--net", f"--target={process}", *command]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def box() -> Iterator[int]:
    """A machine's network: its gateway is 198.18.0.1, where something listens, its own address 198.18.0.2."""
    with network() as here, network() as there, ExitStack() as stack:
        within(here, "ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", str(there))
        for process, address in ((here, "198.18.0.2/24"), (there, "198.18.0.1/24")):
            within(process, "ip", "address", "add", address, "dev", "eth0")
            within(process, "ip", "link", "set", "eth0", "up")
        within(here, "ip", "route", "add", "default", "via", "198.18.0.1")
        command = ["nsenter", "--net", f"--target={there}", sys.executable, "-c", SERVE]
        server = stack.enter_context(subprocess.Popen(command, stdout=-1))
        stack.callback(server.kill)
        assert server.stdout is not None
        assert server.stdout.readline() == b"up\n"
        yield here


@contextmanager
def opened(box: int, root: Path) -> Iterator[Callable[[], list[str]]]:
    """A job in there that waits; what it then says, with its exit code and whether its network is its own, and what was
    refused.
    """
    command = ["nsenter", "--net", f"--target={box}", sys.executable, "-c", JOB, str(root), ASK]
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "open\n"
            yield partial(_answer, process)
        finally:
            process.kill()


def _answer(process: subprocess.Popen[str]) -> list[str]:
    return process.communicate("\n", timeout=60)[0].splitlines()


def job(box: int, root: Path) -> list[str]:
    with opened(box, root) as answer:
        return answer()


def _spawners(box: int) -> list[psutil.Process]:
    """The spawners whose network is that of this process."""
    network = Path(f"/proc/{box}/ns/net").stat().st_ino
    found = psutil.process_iter(["cmdline"])
    named = [process for process in found if "spawner.main" in " ".join(process.info["cmdline"] or ())]
    return [process for process in named if Path(f"/proc/{process.pid}/ns/net").stat().st_ino == network]


class TestWayOut:
    pytestmark = machine

    @pytest.mark.slow
    def test_nothing_is_permitted_where_nothing_is_dropped(self, box: int, tmp_path: Path) -> None:
        assert job(box, tmp_path) == ["198.18.0.2 0 True", ""]
        assert "sluice" not in within(box, "iptables", "-S")

    @pytest.mark.slow
    def test_a_filter_that_drops_lets_jobs_through_as_long_as_the_engine_runs(self, box: int, tmp_path: Path) -> None:
        within(box, "iptables", "-P", "FORWARD", "DROP")
        assert job(box, tmp_path) == ["198.18.0.2 0 True", ""]
        assert within(box, "iptables", "-S", "FORWARD") == "-P FORWARD DROP\n"

    @pytest.mark.slow
    def test_what_lets_jobs_through_stays_for_the_engine_that_ends_last(self, box: int, tmp_path: Path) -> None:
        within(box, "iptables", "-P", "FORWARD", "DROP")
        with opened(box, tmp_path / "first") as first, opened(box, tmp_path / "second") as second:
            assert first() == ["198.18.0.2 0 True", ""]
            assert within(box, "iptables", "-S", "FORWARD").count("sluice") == 2
            assert second() == ["198.18.0.2 0 True", ""]
        assert within(box, "iptables", "-S", "FORWARD") == "-P FORWARD DROP\n"

    def test_each_engine_sees_what_leaves_a_pool_that_several_use(self, box: int) -> None:
        assert within(box, sys.executable, "-c", TWO_ENGINES) == "1 1\n"

    @pytest.mark.slow
    def test_rules_that_were_flushed_or_left_by_a_kill_are_made_good(self, box: int, tmp_path: Path) -> None:
        within(box, "iptables", "-P", "FORWARD", "DROP")
        with opened(box, tmp_path / "killed"):
            for spawner in _spawners(box):
                spawner.kill()
        assert within(box, "iptables", "-S", "FORWARD").count("sluice") == 2
        within(box, "iptables", "-F", "FORWARD")
        assert job(box, tmp_path / "next") == ["198.18.0.2 0 True", ""]
        assert within(box, "iptables", "-S", "FORWARD") == "-P FORWARD DROP\n"
        assert not list(Path("/run/sluice").glob(f"way-out-{Path(f'/proc/{box}/ns/net').stat().st_ino}-*"))

    @pytest.mark.slow
    def test_a_filter_that_no_rule_opens_leaves_the_job_in_the_machines_network(self, box: int, tmp_path: Path) -> None:
        within(box, "iptables", "-t", "mangle", "-A", "FORWARD", "-j", "DROP")
        said, refused = job(box, tmp_path)
        assert said == "198.18.0.2 0 False"
        assert "the machine's packet filter drops what a job's network sends" in refused
        assert "sluice" not in within(box, "iptables", "-S")


@pytest.mark.parametrize(
    ("routes", "found"),
    [
        ("eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\n", "192.0.2.1"),
        ("tun0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\n", "198.51.100.1"),
        ("eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\n", None),
    ],
)
def test_the_gateway_is_the_next_hop_of_the_default_route(routes: str, found: str | None) -> None:
    assert gateway(HEADER + routes) == found


@pytest.mark.parametrize(
    ("root", "slirp", "ways"),
    [
        (True, True, ["translation", "slirp", "shared"]),
        (True, False, ["translation", "shared"]),
        (False, True, ["slirp", "shared"]),
        (False, False, ["shared"]),
    ],
)
def test_what_is_tried_goes_from_the_best_way_out_to_none_of_its_own(root: bool, slirp: bool, ways: list[str]) -> None:
    *found, last = levels(linux=True, root=root, slirp=slirp)
    assert last == HELD_ONLY
    assert [level.way_out for level in found] == ways
    assert all(("user" in level.namespaces) != root for level in found)
