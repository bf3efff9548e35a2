"""Services in a real container engine."""

from __future__ import annotations

import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import anyio
import pytest

from sluice.runners.container.engine import Engine, EngineError
from sluice.runners.container.leftovers.prune import job_network, prune
from sluice.runners.container.specification.request import ContainerRequest, Credentials
from sluice.services.container.provider import ContainerProvider
from sluice.services.container.service import ContainerService
from sluice.services.errors import ServiceError
from sluice.services.launcher import LocalLauncher
from sluice.services.protocol import Place
from sluice.source.errors import UnavailableError

pytestmark = [pytest.mark.needs_docker, pytest.mark.anyio, pytest.mark.slow]
IMAGE = "busybox:stable"
SERVING = "httpd -f -p 80"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@asynccontextmanager
async def placed(engine: Engine, folder: Path) -> AsyncIterator[Place]:
    place = Place(launcher=LocalLauncher(), folder=folder, labels={"sluice.run": "a-run"})
    async with job_network(engine, f"sluice-test-{uuid4().hex[:8]}", place.labels) as network:
        yield replace(place, network=network)


@asynccontextmanager
async def running(engine: Engine, place: Place, request: ContainerRequest) -> AsyncIterator[ContainerService]:
    service = await ContainerProvider(lambda: engine).start(request, place)
    try:
        await service.healthy(30)
        yield service
    finally:
        await service.stop(1)


def status(port: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
            code: int = answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    return code


async def test_a_service_answers_on_its_mapped_port_and_is_gone_afterwards(engine: Engine, tmp_path: Path) -> None:
    request = ContainerRequest(
        name="web",
        image=IMAGE,
        ports=("80",),
        env={"A": "1"},
        options='--health-cmd "wget -q -O- http://localhost/bin/busybox >/dev/null" --health-interval 30s --hostname h',
        command="sh -c 'echo $A $(hostname); httpd -f -p 80 -h /'",
    )
    async with placed(engine, tmp_path) as place:
        async with running(engine, place, request) as service:
            assert (service.host, service.network) == ("localhost", place.network)
            assert status(service.ports["80"]) == 404
            details = await engine.call("inspect_container", service.identifier)
            assert details["Config"]["Labels"]["sluice.run"] == "a-run"
            assert details["NetworkSettings"]["Networks"][place.network]["Aliases"][0] == "web"
        with pytest.raises(EngineError, match="No such container"):
            await engine.call("inspect_container", service.identifier)
        assert service.log.read_text(encoding="utf-8").endswith(" 1 h\n")
        await service.stop(1)


async def test_services_reach_each_other_by_name(engine: Engine, tmp_path: Path) -> None:
    async with placed(engine, tmp_path) as place:
        web = ContainerRequest(name="web", image=IMAGE, command="httpd -f -p 80 -h /")
        asking = ContainerRequest(
            name="asking",
            image=IMAGE,
            command="sleep 100",
            options='--health-cmd "wget -q -O- http://web/bin/busybox >/dev/null"',
        )
        async with running(engine, place, web), running(engine, replace(place, by_name=True), asking) as service:
            assert (service.host, service.ports) == ("asking", {})


async def test_a_check_that_never_passes_shows_what_it_said(engine: Engine, tmp_path: Path) -> None:
    options = '--health-cmd "echo not yet; false" --health-interval 200ms --health-retries 2'
    async with placed(engine, tmp_path) as place:
        with pytest.raises(ServiceError) as caught:
            async with running(
                engine, place, ContainerRequest(name="web", image=IMAGE, options=options, command=SERVING)
            ):
                raise AssertionError
        assert caught.value.message == "The service 'web' is unhealthy: its check fails with exit code 1: not yet"


@pytest.mark.parametrize("retries", [2, 100])
async def test_a_check_that_hangs_holds_up_nobody(engine: Engine, tmp_path: Path, retries: int) -> None:
    """It is unhealthy when the engine says so; and who gives up before has not to wait for it."""
    options = f'--health-cmd "sleep 1000" --health-timeout 1s --health-interval 200ms --health-retries {retries}'
    request = ContainerRequest(name="web", image=IMAGE, options=options, command=SERVING)
    async with placed(engine, tmp_path) as place:
        service = await ContainerProvider(lambda: engine).start(request, place)
        began = time.monotonic()
        with pytest.raises(ServiceError) as caught:
            await service.healthy(30 if retries == 2 else 1)
        await service.stop(10)
    assert time.monotonic() - began < 15
    assert ("exceeded timeout" if retries == 2 else "did not get healthy in 1 seconds") in caught.value.message


async def test_a_service_that_ignores_signals_ends_at_once(engine: Engine, tmp_path: Path) -> None:
    command = "sh -c 'trap true TERM; echo up; while :; do sleep 1; done'"
    request = ContainerRequest(name="web", image=IMAGE, command=command)
    async with placed(engine, tmp_path) as place:
        service = await ContainerProvider(lambda: engine).start(request, place)
        began = time.monotonic()
        await service.stop(10)
        assert time.monotonic() - began < 8
        assert service.log.read_text(encoding="utf-8").endswith(" up\n")


async def test_a_container_that_ends_shows_its_last_words(engine: Engine, tmp_path: Path) -> None:
    request = ContainerRequest(
        name="web", image=IMAGE, command="sh -c 'echo last words; exit 3'", options="--health-cmd false"
    )
    async with placed(engine, tmp_path) as place:
        service = await ContainerProvider(lambda: engine).start(request, place)
        with pytest.raises(ServiceError) as caught:
            await service.healthy(10)
        await service.stop(1)
    assert caught.value.message == "The service 'web' ended with exit code 3 before it was healthy"
    assert [line.partition(" ")[2] for line in caught.value.tried] == ["last words"]


async def test_one_without_a_check_that_ended_is_told_and_fails_nothing(engine: Engine, tmp_path: Path) -> None:
    """As by GitHub's runner: it is a warning there."""
    request = ContainerRequest(name="seed", image=IMAGE, command="sh -c 'echo last words; exit 3'")
    async with placed(engine, tmp_path) as place:
        service = await ContainerProvider(lambda: engine).start(request, place)
        await engine.call("wait", service.identifier)
        warning = await service.healthy(10)
        await service.stop(1)
    assert warning is not None
    assert warning.startswith("The service 'seed' is not running: it ended with exit code 3: ")
    assert warning.endswith(" last words")


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (ContainerRequest(name="web", image=IMAGE, options="--memory 1"), "Minimum memory limit"),
        (ContainerRequest(name="web", image=IMAGE, volumes=("/a:relative",)), "must be absolute"),
    ],
)
async def test_what_the_engine_refuses_names_the_service(
    engine: Engine, tmp_path: Path, request_: ContainerRequest, said: str
) -> None:
    async with placed(engine, tmp_path) as place:
        with pytest.raises(ServiceError, match=f"The service 'web' can't be made: .*{said}"):
            await ContainerProvider(lambda: engine).start(request_, place)


async def test_a_port_that_is_taken_is_told(engine: Engine, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        request = ContainerRequest(name="web", image=IMAGE, command=SERVING, ports=(f"{other.getsockname()[1]}:80",))
        async with placed(engine, tmp_path) as place:
            with pytest.raises(ServiceError, match=r"The service 'web' can't start: .*already in use") as caught:
                await ContainerProvider(lambda: engine).start(request, place)
            left = await engine.call("containers", all=True, filters={"network": place.network})
    assert caught.value.hint == "end the program that listens on that port, or map another host port"
    assert left == []


async def test_an_image_that_can_not_be_had_is_told(engine: Engine, tmp_path: Path) -> None:
    request = ContainerRequest(
        name="db", image="127.0.0.1:1/no/such:1", credentials=Credentials(username="me", password="hidden")
    )
    async with placed(engine, tmp_path) as place:
        with pytest.raises(UnavailableError) as caught:
            await ContainerProvider(lambda: engine).start(request, place)
    assert caught.value.message == "The image '127.0.0.1:1/no/such:1' of the service 'db' can't be pulled"
    assert "hidden" not in repr(caught.value) + repr(caught.value.tried) + repr(request)


_DIES = """
import os, sys, anyio, signal
from pathlib import Path
from sluice.runners.container.engine import connect
from sluice.services.container.provider import ContainerProvider
from sluice.runners.container.leftovers.prune import job_network
from sluice.services.launcher import LocalLauncher
from sluice.runners.container.specification.request import ContainerRequest
from sluice.services.protocol import Place
from dataclasses import replace

async def main():
    engine = connect({"DOCKER_HOST": sys.argv[1]})
    place = Place(launcher=LocalLauncher(), folder=Path(sys.argv[2]))
    async with job_network(engine, sys.argv[3], {}):
        request = ContainerRequest(name="left", image=sys.argv[4], command="sleep 100")
        await ContainerProvider(lambda: engine).start(request, replace(place, network=sys.argv[3]))
        os.kill(os.getpid(), signal.SIGKILL)

anyio.run(main)
"""


async def test_what_a_killed_run_left_is_removed_and_what_lives_is_not(engine: Engine, tmp_path: Path) -> None:
    network = f"sluice-test-{uuid4().hex[:8]}"
    command = [sys.executable, "-c", _DIES, engine.address, str(tmp_path), network, IMAGE]
    request = ContainerRequest(name="living", image=IMAGE, command=SERVING)
    async with placed(engine, tmp_path) as place, running(engine, place, request) as living:
        await anyio.run_process(command, check=False)
        removed = await prune(engine)
        assert len(removed) == 2
        assert removed[1] == network
        details = await engine.call("inspect_container", living.identifier)
        assert details["State"]["Running"]
    assert await engine.call("networks", names=[network]) == []
