from __future__ import annotations

import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import psutil
import pytest

from sluice.runners.container.specification.request import ContainerRequest
from sluice.services.embedded.redis.provider import RedisProvider
from sluice.services.embedded.redis.reading import installed_major
from sluice.services.errors import ServiceError
from sluice.services.launcher import LocalLauncher
from sluice.services.protocol import Place, RunningService
from sluice.source.errors import UnavailableError

pytestmark = pytest.mark.anyio
real = pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not installed")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(launcher=LocalLauncher(), folder=tmp_path / "logs")


def request(**given: object) -> ContainerRequest:
    values = {"name": "cache", "image": "redis:7-alpine", "ports": ("6379",), **given}
    return ContainerRequest(**values)  # type: ignore[arg-type]  # a test's values are right


@asynccontextmanager
async def running(place: Place, wanted: ContainerRequest) -> AsyncIterator[RunningService]:
    service = await RedisProvider().start(wanted, place)
    try:
        await service.healthy(20)
        yield service
    finally:
        await service.stop(5)


def say(service: RunningService, words: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", int(service.ports["6379"])), timeout=5) as connection:
        connection.sendall(words + b"\r\n")
        return connection.recv(1000)


@real
async def test_a_service_is_a_real_server_and_leaves_nothing(place: Place) -> None:
    async with running(place, request(options='--health-cmd "redis-cli ping"')) as service:
        assert say(service, b"PING") == b"+PONG\r\n"
        process = psutil.Process(int(service.identifier.removeprefix("embedded-")))
        folder = process.cwd()
        assert process.uids().effective != 0
    assert not process.is_running()
    assert not await anyio.Path(folder).exists()
    assert "ready to accept connections" in service.log.read_text(encoding="utf-8").lower()


@real
async def test_arguments_of_the_command_hold(place: Place) -> None:
    async with running(place, request(command="redis-server --requirepass secret")) as service:
        assert say(service, b"PING").startswith(b"-NOAUTH")
        assert say(service, b"AUTH secret") == b"+OK\r\n"


@real
async def test_another_version_comes_with_a_notice(place: Place) -> None:
    async with running(place, request(image="redis:3")) as service:
        assert service.notices[0].startswith("redis:3 can't be had here: the installed version ")


@pytest.mark.slow
@real
async def test_a_check_that_fails_is_shown(place: Place) -> None:
    options = '--health-cmd "echo no; exit 4" --health-interval 50ms --health-timeout 1s'
    with pytest.raises(ServiceError, match="fails with exit code 4: no"):
        async with running(place, request(options=options)):
            raise AssertionError


def test_without_a_server_the_reason_says_what_to_install() -> None:
    provider = RedisProvider(find_program=lambda _: None)
    reason = "redis-server isn't installed here (Debian: apt install redis-server; macOS: brew install redis)"
    assert provider.can_serve(request()) == reason
    assert "valkey-server" in (provider.can_serve(request(image="valkey/valkey:8")) or "")


async def test_a_start_without_a_server_fails_with_that_reason(place: Place) -> None:
    with pytest.raises(UnavailableError, match="The service 'cache' can't be had: redis-server isn't installed here"):
        await RedisProvider(find_program=lambda _: None).start(request(), place)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"image": "postgres:15"}, "it serves the images redis and valkey/valkey alone"),
        ({"command": "sleep 1"}, "an installed Redis can't run 'sleep'"),
        ({"command": "'"}, "can't be read"),
        ({"volumes": ("./x:/data",)}, "the volume './x:/data' needs a container"),
        ({"ports": ("80:80",)}, "it serves port 6379/tcp alone, not 80/tcp"),
    ],
)
def test_what_it_can_not_do_is_refused_with_the_reason(given: dict[str, object], reason: str) -> None:
    assert reason in (RedisProvider(find_program=lambda name: name).can_serve(request(**given)) or "")


def test_the_version_is_read_from_its_line() -> None:
    assert installed_major("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64") == 7
    assert installed_major("?") is None
