"""Real servers: what a job sees of them, and what goes wrong with them."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import asyncpg
import psutil
import pytest

from sluice.runners.container.specification.request import ContainerRequest
from sluice.services.embedded.cache import ServerCache
from sluice.services.embedded.folders import find_folders
from sluice.services.embedded.identity import unprivileged
from sluice.services.embedded.postgresql.installations import Installations
from sluice.services.embedded.postgresql.provider import PostgresqlProvider
from sluice.services.embedded.spares import trim
from sluice.services.embedded.versions import WantedVersion
from sluice.services.errors import ServiceError
from sluice.services.launcher import LocalLauncher
from sluice.services.protocol import Place, RunningService
from sluice.services.temporary import temporary_postgresql
from sluice.source.errors import UnavailableError

pytestmark = [pytest.mark.needs_postgresql, pytest.mark.anyio]
PASSWORD = {"POSTGRES_PASSWORD": "secret"}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module", autouse=True)
def fetched() -> None:
    try:
        Installations(ServerCache(find_folders(unprivileged()))).find(WantedVersion(major=15))
    except UnavailableError as error:
        pytest.skip(f"{error.message}: {'; '.join(error.tried)}")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(launcher=LocalLauncher(), folder=tmp_path / "logs", environment={"RUNNER_TRACKING_ID": "a_test"})


def request(**given: object) -> ContainerRequest:
    values = {"name": "db", "image": "postgres:15", "env": PASSWORD, "ports": ("5432",), **given}
    return ContainerRequest(**values)  # type: ignore[arg-type]  # a test's values are right


@asynccontextmanager
async def running(place: Place, wanted: ContainerRequest, seconds: float = 30) -> AsyncIterator[RunningService]:
    service = await PostgresqlProvider().start(wanted, place)
    try:
        await service.healthy(seconds)
        yield service
    finally:
        await service.stop(5)


async def ask(service: RunningService, question: str, **given: str) -> object:
    user = given.get("user", "postgres")
    password = given.get("password", PASSWORD["POSTGRES_PASSWORD"])
    connection = await asyncpg.connect(
        host="127.0.0.1", port=int(service.ports["5432"]), user=user, password=password, database=user, ssl=False
    )
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


def data_folders(name: str) -> list[Path]:
    return list(find_folders(unprivileged()).data.glob(f"*-{name}-*"))


@pytest.mark.slow
async def test_a_service_is_a_real_server_and_leaves_nothing(place: Place) -> None:
    name = f"db{time.time_ns()}"
    wanted = request(name=name, options="--health-cmd pg_isready --health-interval 10s")
    async with running(place, wanted) as service:
        assert (service.name, service.host, service.log) == (name, "localhost", place.folder / f"{name}.log")
        assert len(data_folders(name)) == 1
        assert str(await ask(service, "show server_version")).startswith("15.")
        assert [await ask(service, f"show {name}") for name in ("fsync", "server_encoding", "timezone")] == [
            "off",
            "UTF8",
            "Etc/UTC",
        ]
        pid = int(service.identifier.removeprefix("embedded-"))
        assert psutil.Process(pid).uids().effective != 0
        assert psutil.Process(pid).environ()["RUNNER_TRACKING_ID"] == "a_test"
    assert not psutil.pid_exists(pid)
    assert data_folders(name) == []
    assert "database system is shut down" in service.log.read_text(encoding="utf-8")
    await service.stop(1)


@pytest.mark.slow
async def test_a_user_a_database_and_arguments_are_the_service_s(place: Place) -> None:
    env = {
        "POSTGRES_USER": "me",
        "POSTGRES_PASSWORD": "pässword'\"",
        "POSTGRES_DB": 'Odd "name"',
        "POSTGRES_INITDB_ARGS": "--data-checksums",
    }
    async with running(place, request(env=env, command="-c max_connections=17")) as service:
        connection = await asyncpg.connect(
            host="127.0.0.1",
            port=int(service.ports["5432"]),
            user="me",
            password=env["POSTGRES_PASSWORD"],
            database=env["POSTGRES_DB"],
        )
        settings = [await connection.fetchval(f"show {name}") for name in ("data_checksums", "max_connections")]
        assert settings == ["on", "17"]
        assert await connection.fetchval("select rolsuper from pg_roles where rolname = 'me'") is True
        await connection.close()


@pytest.mark.slow
async def test_two_services_from_one_template_share_nothing(place: Place) -> None:
    async with running(place, request()) as one, running(place, request(name="other")) as two:
        assert one.ports != two.ports
        await ask(one, "create table t (a int)")
        with pytest.raises(asyncpg.UndefinedTableError):
            await ask(two, "select * from t")


@pytest.mark.slow
async def test_a_server_on_a_folder_that_was_used_before_finds_nothing_of_it(place: Place) -> None:
    env = {"POSTGRES_PASSWORD": "x", "POSTGRES_HOST_AUTH_METHOD": "trust"}
    async with running(place, request(env=env)) as service:
        await ask(service, "create table t (a int)")
        await ask(service, "alter system set max_connections = 33")
    async with running(place, request(env=env)) as service:
        for question, answer in (
            ("select count(*) from pg_class where relname = 't'", 0),
            ("show max_connections", "100"),
        ):
            assert await ask(service, question) == answer


@pytest.mark.slow
async def test_a_wrong_password_is_refused(place: Place) -> None:
    async with running(place, request()) as service:
        with pytest.raises(asyncpg.InvalidPasswordError):
            await ask(service, "select 1", password="wrong")


@pytest.mark.slow
async def test_trust_lets_everyone_in(place: Place) -> None:
    async with running(place, request(env={"POSTGRES_HOST_AUTH_METHOD": "trust"})) as service:
        assert await ask(service, "select 1", password="any") == 1


@pytest.mark.slow
async def test_a_port_that_is_taken_is_named_as_the_reason(place: Place) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ServiceError) as caught:
            async with running(place, request(ports=(f"{port}:5432",))):
                raise AssertionError
    assert caught.value.message == "The service 'db' can't start: its port is taken on this machine"
    assert any("Address already in use" in line for line in caught.value.tried)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("check", "reason"),
    [
        ("exit 7", "its health check 'exit 7' fails with exit code 7: it printed nothing"),
        ("echo no; false", "its health check 'echo no; false' fails with exit code 1: no"),
        ("pg_isready -p 9999", "fails with exit code 2"),
        ("no-such-program", "fails with exit code 127 (a program is missing here)"),
        ("sleep 60", "its health check 'sleep 60' took over 0.05 seconds"),
    ],
)
async def test_a_server_that_never_gets_healthy_says_why(place: Place, check: str, reason: str) -> None:
    options = f'--health-cmd "{check}" --health-interval 100ms --health-timeout 50ms --health-retries 2'
    with pytest.raises(ServiceError) as caught:
        async with running(place, request(options=options)):
            raise AssertionError
    assert caught.value.message.startswith("The service 'db' did not get healthy in 0.2 seconds: ")
    assert reason in caught.value.message
    assert any("ready to accept connections" in line for line in caught.value.tried)


@pytest.mark.slow
async def test_a_check_that_takes_its_time_is_waited_for(place: Place) -> None:
    options = '--health-cmd "sleep 0.4" --health-interval 100ms --health-retries 1'
    async with running(place, request(options=options)):
        pass


@pytest.mark.slow
async def test_a_check_that_fails_at_once_gets_no_more_time_than_its_retries(place: Place) -> None:
    """The time that a check may take is 30 seconds here: it is for one that takes it."""
    began = time.monotonic()
    with pytest.raises(ServiceError):
        async with running(place, request(options="--health-cmd false --health-interval 100ms --health-retries 2")):
            raise AssertionError
    assert time.monotonic() - began < 10


@pytest.mark.slow
async def test_a_health_check_runs_inside_of_the_service(place: Place) -> None:
    check = 'pg_isready -U $POSTGRES_USER -h localhost -p 5432 && test "$POSTGRES_PASSWORD" = secret'
    env = {**PASSWORD, "POSTGRES_USER": "me"}
    options = f"--health-cmd '{check}' --health-interval 5s"
    async with running(place, request(env=env, options=options)) as service:
        assert await ask(service, "select current_user", user="me") == "me"


@pytest.mark.slow
async def test_a_server_that_ends_at_once_shows_its_last_words(place: Place) -> None:
    with pytest.raises(ServiceError) as caught:
        async with running(place, request(command="postgres -c no_such_setting=1")):
            raise AssertionError
    assert caught.value.message == "The service 'db' ended with exit code 1 before it was healthy"
    assert 'unrecognized configuration parameter "no_such_setting"' in caught.value.tried[-1]


@pytest.mark.slow
async def test_arguments_that_initdb_refuses_are_shown(place: Place) -> None:
    with pytest.raises(ServiceError, match="initdb failed with exit code 1") as caught:
        await PostgresqlProvider().start(request(env={**PASSWORD, "POSTGRES_INITDB_ARGS": "--encoding=no"}), place)
    assert any('"no" is not a valid server encoding name' in line for line in caught.value.tried)


@pytest.mark.slow
@pytest.mark.parametrize("version", ["13", "14", "16-alpine", "17", "18"])
async def test_every_major_version_runs(place: Place, version: str) -> None:
    async with running(place, request(image=f"postgres:{version}")) as service:
        assert str(await ask(service, "show server_version")).startswith(version[:2])


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"image": "redis:7"}, "it serves the image postgres alone"),
        ({"image": "ghcr.io/me/postgres:15"}, "it serves the image postgres alone"),
        ({"image": "postgres:9.6"}, "it serves PostgreSQL 13 and newer"),
        ({"image": "postgres:mine"}, "the tag of 'postgres:mine' names no version"),
        ({"image": f"postgres@sha256:{'0' * 64}"}, "names no version"),
        ({"entrypoint": "sh"}, "an entrypoint needs a container"),
        ({"volumes": ("./init:/docker-entrypoint-initdb.d",)}, "the volume './init:/docker-entrypoint-initdb.d' needs"),
        ({"ports": ("5432:5432", "15432:5432")}, "it can map port 5432 to one port, not to 2"),
        ({"ports": ("9000:9000",)}, "it serves port 5432/tcp alone, not 9000/tcp"),
        ({"command": "sleep 1"}, "an embedded PostgreSQL can't run 'sleep'"),
        ({"options": "--privileged"}, "the option --privileged needs a container"),
    ],
)
def test_what_needs_a_container_is_refused_with_the_reason(given: dict[str, object], reason: str) -> None:
    assert reason in (PostgresqlProvider().can_serve(request(**given)) or "")


def test_what_needs_none_is_served() -> None:
    options = "--name db --shm-size 256m --health-cmd pg_isready --health-retries 3"
    volumes = ("pgdata:/var/lib/postgresql/data", "/var/lib/postgresql/data")
    assert PostgresqlProvider().can_serve(request(options=options, volumes=volumes)) is None


@pytest.mark.slow
def test_options_without_effect_are_told(place: Place) -> None:
    async def notices() -> tuple[str, ...]:
        async with running(place, request(options="--memory 1g", env={**PASSWORD, "LANG": "C"})) as service:
            return tuple(service.notices)

    assert anyio.run(notices) == ("the option --memory has no effect: this server runs without a container",)


_PARENT = """
import sys, time
from sluice.services.temporary import temporary_postgresql
from sluice.source.errors import UnavailableError
with temporary_postgresql() as url:
    print(url, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def parent() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([sys.executable, "-c", _PARENT], stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


@pytest.mark.slow
def test_nothing_is_left_after_the_parent_was_killed(parent: subprocess.Popen[str]) -> None:
    assert parent.stdout is not None
    assert parent.stdout.readline().startswith("postgresql://test:test@127.0.0.1:")
    servers = psutil.Process(parent.pid).children(recursive=True)
    assert len(servers) > 3
    command = psutil.Process(parent.pid).children()[0].cmdline()
    folder = Path(command[command.index("-D") + 1]).parent
    assert folder.is_dir()
    os.kill(parent.pid, signal.SIGKILL)
    _, alive = psutil.wait_procs(servers, timeout=10)
    assert alive == []
    with temporary_postgresql():
        assert not folder.exists()


def _forget(templates: list[Path]) -> None:
    for template in templates:
        shutil.rmtree(template)
    trim(find_folders(unprivileged()))


def _knows(template: Path, user: str) -> bool:
    return user.encode() in (template / "global/1260").read_bytes()


@pytest.mark.slow
def test_two_processes_start_at_once(tmp_path: Path) -> None:
    """Each with a cluster that none has made yet: it is made once, and both servers work."""
    code = """
import os, sys, anyio
from pathlib import Path
from sluice.services.embedded.postgresql.installations import Installations
from sluice.services.embedded.postgresql.provider import PostgresqlProvider
from sluice.services.launcher import LocalLauncher
from sluice.runners.container.specification.request import ContainerRequest
from sluice.services.protocol import Place

async def main():
    env = {"POSTGRES_PASSWORD": "x", "POSTGRES_USER": sys.argv[1]}
    request = ContainerRequest(name="db", image="postgres:15", env=env, ports=("5432",))
    service = await PostgresqlProvider().start(request, Place(launcher=LocalLauncher(), folder=Path(sys.argv[2])))
    await service.healthy(30)
    await service.stop(5)

anyio.run(main)
"""
    user = f"unseen{time.time_ns()}"
    templates = find_folders(unprivileged()).templates
    before = set(templates.iterdir())
    started = [subprocess.Popen([sys.executable, "-c", code, user, str(tmp_path / str(number))]) for number in range(3)]
    assert [process.wait(timeout=60) for process in started] == [0, 0, 0]
    made = [template for template in set(templates.iterdir()) - before if _knows(template, user)]
    assert len(made) == 1
    _forget(made)
