"""What a job on this machine can see and reach, and what is left of it afterwards."""

from __future__ import annotations

import ipaddress
import os
import shlex
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import anyio
import psutil
import pytest

from sluice.runners.host.isolation.holding import Holding, PlaceRefusedError
from sluice.runners.host.isolation.isolation import HELD_ONLY, Isolation, Level, levels_here
from sluice.runners.host.isolation.relay import DatagramRelay, Relay
from sluice.runners.host.isolation.spawning import Place, Spawner
from sluice.runners.host.runner import HostRunner, HostWorkspace
from sluice.runners.protocol import WorkspaceRequest
from sluice.source.errors import UnavailableError

NETWORKS = bool(levels_here()) and levels_here()[0].way_out != "shared"
pytestmark = pytest.mark.anyio
HOWEVER = pytest.mark.parametrize("degrees", [None, (HELD_ONLY,), ()], ids=["apart", "held", "bare"])
own_network = pytest.mark.skipif(not NETWORKS, reason="needs root, or slirp4netns and user namespaces")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@asynccontextmanager
async def opened(runner: HostRunner, root: Path, job: str = "job") -> AsyncIterator[HostWorkspace]:
    request = WorkspaceRequest(
        job=job,
        run=f"run{os.getpid()}",
        root=root / job,
        tools=root / "tools",
        actions=root / "actions",
        repository="owner/name",
    )
    async with runner.open(request) as workspace:
        yield workspace


async def said(workspace: HostWorkspace, script: str, shell: Sequence[str] = ("bash", "-c")) -> str:
    environment = {"PATH": os.environ["PATH"], **workspace.environment}
    process = await workspace.start([*shell, script], environment=environment, directory=workspace.paths.workspace)
    written = b""
    while chunk := await process.read():
        written += chunk
    code = await process.wait()
    return f"{written.decode().strip()} ({code})".strip()


def eventually(condition: Callable[[], bool]) -> bool:
    """The kernel tells nobody when a process or a link of another namespace is gone."""
    for _ in range(500):
        if condition():
            return True
        time.sleep(0.01)
    return False


SERVE = (
    "import socket; s = socket.create_server((%r, 5432)); print('up', flush=True); c, who = s.accept(); "
    "c.sendall(who[0].encode()); c.close()"
)
ASK = "import socket; print(socket.create_connection((%r, 5432), 5).recv(99).decode())"


def python(program: str) -> str:
    """A line of a script that ends as this program."""
    return shlex.join(["exec", sys.executable, "-c", program])


@pytest.mark.needs_root
@own_network
async def test_a_degree_that_is_refused_to_one_job_is_still_the_other_one_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second job is refused while the first one's keeper is being made, and gets less."""
    best, less = levels_here()[0], Level(("mount", "pid", "ipc"), "shared")
    runner, seen = HostRunner(degrees=(best, less)), {}
    making, refused, real = anyio.Event(), anyio.Event(), Spawner.hold

    async def hold(spawner: Spawner, place: Place) -> Holding:
        if "network" not in place.namespaces:
            return await real(spawner, place)
        if not making.is_set():
            making.set()
            held = await real(spawner, place)
            await refused.wait()
            return held
        raise PlaceRefusedError("not this one")

    async def look(job: str) -> None:
        async with opened(runner, tmp_path, job) as workspace:
            seen[job] = tuple(word for word in workspace.isolation if word != "toolchains")
            refused.set()

    monkeypatch.setattr(Spawner, "hold", hold)
    async with anyio.create_task_group() as group:
        group.start_soon(look, "first")
        await making.wait()
        group.start_soon(look, "second")
    assert seen == {
        "first": ("folder", "environment", *best.words),
        "second": ("folder", "environment", *less.words),
    }


@pytest.mark.needs_root
@own_network
async def test_two_jobs_listen_on_the_same_port_at_the_same_time(tmp_path: Path) -> None:
    runner = HostRunner()
    async with opened(runner, tmp_path, "one") as one, opened(runner, tmp_path, "two") as two:
        for workspace in (one, two):
            server = await workspace.start(
                ["bash", "-c", python(SERVE % "127.0.0.1")],
                environment={"PATH": os.environ["PATH"]},
                directory=workspace.paths.workspace,
            )
            assert await server.read() == b"up\n"
        assert await said(one, python(ASK % "127.0.0.1")) == "127.0.0.1 (0)"
        assert await said(two, python(ASK % "127.0.0.1")) == "127.0.0.1 (0)"
    assert not runner.claims_ports()


@pytest.mark.needs_root
@pytest.mark.skipif(os.geteuid() != 0, reason="address translation needs root")
async def test_a_job_reaches_the_outside_by_the_machines_own_address(tmp_path: Path) -> None:
    runner = HostRunner()
    async with opened(runner, tmp_path, "one") as one, opened(runner, tmp_path, "two") as two:
        address = (await said(two, "ip -4 -o addr show eth0 | awk '{print $4}'")).split("/")[0]
        server = await two.start(
            ["bash", "-c", python(SERVE % "0.0.0.0")],  # noqa: S104 - the job's own network
            environment={"PATH": os.environ["PATH"]},
            directory=two.paths.workspace,
        )
        assert await server.read() == b"up\n"
        seen = await said(one, python(ASK % address))
        gateway = address.rsplit(".", 1)[0] + f".{int(address.rsplit('.', 1)[1]) - 1}"
        assert seen == f"{gateway} (0)"


@own_network
async def test_a_job_does_not_reach_what_listens_on_the_machines_loopback(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        script = f"exec 3<>/dev/tcp/127.0.0.1/{port} && echo reached"
        async with opened(HostRunner(), tmp_path) as workspace:
            assert (await said(workspace, script)).endswith("(1)")
        async with opened(HostRunner(degrees=()), tmp_path, "shared") as workspace:
            assert await said(workspace, script) == "reached (0)"


@own_network
@pytest.mark.parametrize(
    ("name", "address"),
    [("PIP_INDEX_URL", "http://user:word@localhost:{}/simple"), ("DOCKER_HOST", "tcp://localhost:{}")],
)
async def test_a_registry_or_an_engine_on_the_machines_loopback_is_passed_on(
    name: str, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def answer(connection: anyio.abc.SocketStream) -> None:
        async with connection:
            await connection.send(b"a registry")

    listeners = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port: int = listeners.extra(anyio.abc.SocketAttribute.local_port)  # noqa: S610 - not Django
    monkeypatch.setenv(name, address.format(port))
    async with listeners, anyio.create_task_group() as group:
        group.start_soon(listeners.serve, answer)
        async with opened(HostRunner(), tmp_path) as workspace:
            assert await said(workspace, f"cat < /dev/tcp/127.0.0.1/{port}") == "a registry (0)"
        group.cancel_scope.cancel()


@HOWEVER
async def test_what_is_passed_on_ends_with_a_job_that_fails(tmp_path: Path, degrees: tuple[Level, ...] | None) -> None:
    relays: list[Relay | DatagramRelay] = []

    async def fail() -> None:
        async with opened(HostRunner(degrees=degrees), tmp_path) as workspace:
            await workspace.pass_on(0, 1)
            if degrees is None:
                await workspace.pass_on(0, 1, datagrams=True)
            relays.extend(workspace._relays)
            raise RuntimeError("the job's")

    with pytest.raises(RuntimeError, match="the job's"):
        await fail()
    assert {relay._listener.fileno() for relay in relays} == {-1}


@pytest.mark.needs_root
async def test_a_job_sees_its_own_processes_and_temporary_files_only(tmp_path: Path) -> None:
    mark = Path("/tmp/sluice-test-of-isolation")
    mark.touch()
    try:
        async with opened(HostRunner(), tmp_path) as workspace:
            if "temporary files" not in workspace.isolation:
                pytest.skip(f"no namespaces here: {workspace.isolation}")
            assert await said(workspace, f"test -e {mark}; echo $?; echo hello > /tmp/mine") == "1 (0)"
            assert await said(workspace, "cat /tmp/mine") == "hello (0)"
            assert await said(workspace, "ls -d /proc/[0-9]* | wc -l") in {"3 (0)", "4 (0)"}
            assert await said(workspace, f"ls {workspace.paths.root} | grep -c workspace") == "0 (1)"
    finally:
        mark.unlink()
    assert not Path("/tmp/mine").exists()


@pytest.mark.parametrize("hidden", ["/tmp", "/dev/shm"])
async def test_what_this_python_loads_is_seen_although_it_lies_in_a_folder_that_is_the_jobs_own(
    hidden: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tempfile.TemporaryDirectory(dir=hidden) as sources, tempfile.TemporaryDirectory(dir=hidden) as other:
        monkeypatch.syspath_prepend(sources)
        async with opened(HostRunner(), tmp_path) as workspace:
            if "temporary files" not in workspace.isolation:
                pytest.skip(f"no namespaces here: {workspace.isolation}")
            assert await said(workspace, f"test -d {sources} && test ! -e {other} && test -w /dev/shm") == "(0)"


async def test_the_container_engine_that_the_caller_names_is_reached_although_its_socket_lies_in_the_temporary_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder, socket.socket(socket.AF_UNIX) as engine:
        engine.bind(f"{folder}/docker.sock")
        monkeypatch.setenv("DOCKER_HOST", f"unix://{folder}/docker.sock")
        async with opened(HostRunner(), tmp_path) as workspace:
            assert await said(workspace, 'test -S "${DOCKER_HOST#unix://}"') == "(0)"


@HOWEVER
async def test_what_a_job_leaves_running_ends_with_it(tmp_path: Path, degrees: tuple[Level, ...] | None) -> None:
    seconds = own_seconds(4242 if degrees is None else 4243)
    async with opened(HostRunner(degrees=degrees), tmp_path) as workspace:
        assert await said(workspace, f"setsid sleep {seconds} >/dev/null 2>&1 & echo started") == "started (0)"
        assert eventually(lambda: _sleeping(seconds))
    assert not _sleeping(seconds)


@HOWEVER
async def test_a_process_of_a_job_has_no_open_files_but_its_own(
    tmp_path: Path, degrees: tuple[Level, ...] | None
) -> None:
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)  # as a caller does who starts the engine with something open
    try:
        async with opened(HostRunner(degrees=degrees), tmp_path) as workspace:
            seen = await said(workspace, python("import os; print(*os.listdir('/proc/self/fd'))"))
    finally:
        os.close(reader)
        os.close(writer)
    assert seen == "0 1 2 3 (0)"  # the last one is the listed folder


def own_seconds(number: int) -> str:
    """A duration that no other test of this machine sleeps for."""
    return f"{number}.{os.getpid()}"


def _sleeping(seconds: str) -> bool:
    return any(process.info["cmdline"] == ["sleep", seconds] for process in psutil.process_iter(["cmdline"]))


async def test_a_degree_that_the_machine_refuses_is_passed_over(tmp_path: Path) -> None:
    refused = Level(("mount", "nothing-of-the-kind"), "shared")
    runner = HostRunner(degrees=(refused,))
    async with opened(runner, tmp_path) as workspace:
        assert workspace.isolation == ("folder", "environment")
        assert await said(workspace, "echo works") == "works (0)"
    assert runner.claims_ports()
    assert len(runner.isolation.refusals) == 1


async def test_a_refusal_of_the_last_degree_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hold(_: Spawner, __: Place) -> Holding:
        raise PlaceRefusedError("not here")

    monkeypatch.setattr(Spawner, "hold", hold)
    isolation = Isolation((HELD_ONLY,))
    async with isolation.hold(tmp_path, ()) as held:
        assert (held, isolation.refusals) == (None, ["held: not here"])


@HOWEVER
async def test_a_job_without_a_place_of_its_own_has_the_callers_umask(
    tmp_path: Path, degrees: tuple[Level, ...] | None
) -> None:
    before = os.umask(0o027)
    try:
        async with opened(HostRunner(degrees=degrees), tmp_path) as workspace:
            apart = "processes" in workspace.isolation
            assert await said(workspace, "umask") == ("0022 (0)" if apart else "0027 (0)")
    finally:
        os.umask(before)


@HOWEVER
async def test_exit_codes_signals_and_missing_programs(tmp_path: Path, degrees: tuple[Level, ...] | None) -> None:
    async with opened(HostRunner(degrees=degrees), tmp_path) as workspace:
        assert await said(workspace, "exit 7") == "(7)"
        assert await said(workspace, "kill -TERM $$") == "(143)"
        with pytest.raises(UnavailableError, match=r"'no-such-program' can't be started: .*No such file"):
            await said(workspace, "x", ("no-such-program",))
        with pytest.raises(UnavailableError, match="its arguments and variables are too large"):
            await said(workspace, "x" * 3_000_000)
        with pytest.raises(UnavailableError, match="null byte"):
            await said(workspace, "a\0b")
        assert await said(workspace, "echo still here") == "still here (0)"


@HOWEVER
async def test_a_tree_is_killed_with_those_that_ignore_signals(
    tmp_path: Path, degrees: tuple[Level, ...] | None
) -> None:
    seconds = own_seconds(4343 if degrees is None else 4344)
    script = f"trap '' INT TERM; (trap '' INT TERM; exec sleep {seconds}) & echo up; while :; do wait; done"
    async with opened(HostRunner(degrees=degrees), tmp_path) as workspace:
        process = await workspace.start(
            ["bash", "-c", script], environment={"PATH": os.environ["PATH"]}, directory=workspace.paths.workspace
        )
        assert await process.read() == b"up\n"
        assert psutil.pid_exists(process.pid)
        process.signal(15)
        assert eventually(lambda: _sleeping(seconds))
        await process.kill_tree()
        assert await process.wait() == 137
        assert not _sleeping(seconds)


async def test_a_job_whose_keeper_is_killed_fails_and_hangs_nowhere(tmp_path: Path) -> None:
    seconds = own_seconds(4444)
    async with opened(HostRunner(), tmp_path) as workspace:
        if workspace.holding is None:
            pytest.skip("no namespaces here")
        process = await workspace.start(
            ["sleep", seconds], environment={"PATH": os.environ["PATH"]}, directory=workspace.paths.workspace
        )
        os.kill(workspace.holding.pid, 9)
        with anyio.fail_after(5):
            assert await process.read() == b""
            assert await process.wait() == 137
            with pytest.raises(UnavailableError, match="keeper is gone"):
                await said(workspace, "echo never")
    assert not _sleeping(seconds)


@pytest.mark.needs_root
@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes links")
async def test_nothing_of_a_jobs_network_is_left(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        own = set()
        for number in range(3):
            own.add(await _link(await stack.enter_async_context(opened(HostRunner(), tmp_path, str(number)))))
        assert len(own) == 3
    assert eventually(lambda: not own & {index for index, _ in socket.if_nameindex()})


async def _link(workspace: HostWorkspace) -> int:
    """The number of this machine's link to the job, found by the job's address."""
    if "network" not in workspace.isolation:
        pytest.skip(f"no network of its own here: {workspace.isolation}")
    address = (await said(workspace, "hostname -I")).split()[0]
    network = ipaddress.ip_network(f"{address}/30", strict=False)
    (name,) = (
        name
        for name, addresses in psutil.net_if_addrs().items()
        if any(one.family == socket.AF_INET and ipaddress.ip_address(one.address) in network for one in addresses)
    )
    return socket.if_nametoindex(name)


async def test_a_runner_that_rests_leaves_nothing_and_sets_the_next_job_apart_all_the_same(tmp_path: Path) -> None:
    runner, before = HostRunner(), _living_children()
    for job in ("first", "second"):
        async with opened(runner, tmp_path, job) as workspace:
            assert workspace.apart == bool(levels_here())
            assert bool(_living_children() - before) == workspace.apart
        runner.rest()
        runner.rest()
        assert eventually(lambda: not _living_children() - before)


def _living_children() -> set[int]:
    """The processes below this one, but those that only wait to be asked how they ended."""
    return {child.pid for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE}


ENGINE = """
import anyio, os, pathlib, sys
from sluice.runners.host.isolation.isolation import HELD_ONLY
from sluice.runners.host.runner import HostRunner
from sluice.runners.protocol import WorkspaceRequest
async def main():
    root = pathlib.Path(sys.argv[1])
    place = WorkspaceRequest(job="j", run="r", root=root / "j", tools=root, actions=root, repository="o/n")
    async with HostRunner(degrees=(HELD_ONLY,) if sys.argv[3] == "held" else None).open(place) as workspace:
        await workspace.start(["sh", "-c", sys.argv[2]], environment={"PATH": os.environ["PATH"]}, directory=root)
        print("kept" if workspace.keeper else "bare", flush=True)
        await anyio.sleep_forever()
anyio.run(main)
"""


@pytest.mark.parametrize("degree", ["apart", "held"])
@pytest.mark.slow
def test_the_engine_killed_by_force_takes_its_jobs_with_it(tmp_path: Path, degree: str) -> None:
    """Also what left its parent, its group, its session and its mark."""
    seconds, away = own_seconds(4545), own_seconds(4546)
    script = f"(env -i setsid sleep {away} &); sleep {seconds}"
    command = [sys.executable, "-c", ENGINE, str(tmp_path), script, degree]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as engine:
        assert engine.stdout is not None
        how = engine.stdout.readline().strip()
        assert eventually(lambda: _sleeping(seconds) and _sleeping(away))
        engine.kill()
    if how == "bare":
        pytest.skip("nothing here holds a job's processes: the next command ends what was left")
    assert eventually(lambda: not _sleeping(seconds) and not _sleeping(away))
