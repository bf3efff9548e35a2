"""Real PostgreSQL servers for tests, and a new database on one for each test that asks for it.

A server that `DATABASE_URL` names is used; without one, PostgreSQL 13 to 18 are started, each once a session. The
newest runs always, the others are slow tests. A database that a test has left is emptied and used again: a quarter of
what a new one takes.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from sluice.services.temporary import temporary_postgresql
from sluice.source.errors import UnavailableError

VERSIONS = ("13", "14", "15", "16", "17", "18")
GIVEN = os.environ.get("DATABASE_URL", "").replace("postgres://", "postgresql://", 1)
"""Read before any test changes it."""

_FIRST_WITH_STRATEGY = 15
_LEAVE = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_DROP_ALL = f"{_LEAVE}; DROP SCHEMA public CASCADE; CREATE SCHEMA public"
_OTHER_SCHEMAS = r"""
    SELECT count(*)::text FROM pg_namespace
    WHERE nspname NOT IN ('public', 'information_schema') AND nspname NOT LIKE 'pg\_%'
"""
_OLDER = [pytest.param(version, marks=pytest.mark.slow) for version in VERSIONS[:-1]]


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; ``url`` is one of its databases."""

    url: str
    _spares: list[str] = field(default_factory=list)

    @contextmanager
    def lent(self) -> Iterator[str]:
        """The address of an empty database that nobody else uses."""
        url = self._spares.pop() if self._spares else self.create_database()
        yield url
        if self._emptied(url):
            self._spares.append(url)
        else:
            self.drop_database(url)

    def drop_spares(self) -> None:
        """Remove what is left of the databases that were lent."""
        while self._spares:
            self.drop_database(self._spares.pop())

    def create_database(self, like: str | None = None) -> str:
        """A new database, empty or a copy of the one at ``like``, which nobody uses; returns its address."""
        name = f"test_{uuid.uuid4().hex}"
        template = "template0" if like is None else urlsplit(like).path.strip("/")
        asyncio.run(_create(self.url, name, template))
        return urlsplit(self.url)._replace(path=f"/{name}").geturl()

    def empty(self, url: str, tables: Iterable[str]) -> bool:
        """End every connection to it and delete all rows; whether it has these tables still."""
        statements = (_LEAVE, *(f"DELETE FROM {table}" for table in tables))  # noqa: S608 - names of the model
        try:
            asyncio.run(_execute(url, ";".join(statements)))
        except asyncpg.UndefinedTableError:
            return False
        return True

    def _emptied(self, url: str) -> bool:
        """Whether it is as a new one is, now that whatever stood in its schema is gone."""
        try:
            asyncio.run(_execute(url, _DROP_ALL))
        except asyncpg.PostgresError:
            return False
        return asyncio.run(_value(url, _OTHER_SCHEMAS)) == "0"

    def drop_database(self, url: str) -> None:
        """Remove it, whoever is connected."""
        asyncio.run(_execute(self.url, f"DROP DATABASE {urlsplit(url).path.strip('/')} WITH (FORCE)"))


@contextmanager
def temporary_server(version: str = VERSIONS[-1]) -> Iterator[Server]:
    """A server of that version. Skips the test where it can't be had."""
    try:
        with temporary_postgresql(version) as url:
            yield Server(url)
    except UnavailableError as error:
        pytest.skip(error.message)


@pytest.fixture(
    scope="session",
    params=["given"] if GIVEN else [*_OLDER, VERSIONS[-1]],
    ids=lambda version: f"postgresql-{version}",
)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A running server, of each version."""
    if GIVEN:
        given = Server(GIVEN)
        yield given
        given.drop_spares()
        return
    with temporary_server(request.param) as running:
        yield running


@pytest.fixture
def database_url(server: Server) -> Iterator[str]:
    """An empty database of the test's own."""
    with server.lent() as url:
        yield url


@pytest.fixture(scope="session")
def shared_database_url(server: Server) -> Iterator[str]:
    """An empty database for tests that undo what they do."""
    url = server.create_database()
    yield url
    server.drop_database(url)


class Postmaster:
    """A running server's process, to be stopped as a crash would, and started again as it was.

    From here on the server keeps through a crash what it has said is committed: servers that are embedded for tests
    are quicker without, and a migration that a moment ago was there would be gone.
    """

    def __init__(self, server: Server) -> None:
        asyncio.run(_execute(server.url, "ALTER SYSTEM SET synchronous_commit = on"))
        asyncio.run(_execute(server.url, "SELECT pg_reload_conf()"))
        self._address = ("127.0.0.1", urlsplit(server.url).port or 5432)
        folder = asyncio.run(_value(server.url, "SHOW data_directory"))
        self._pid_file = Path(folder) / "postmaster.pid"
        self._process: subprocess.Popen[bytes] | None = None
        process = Path("/proc") / str(self._pid())
        self._command = process.joinpath("cmdline").read_bytes().split(b"\0")[:-1]
        variables = process.joinpath("environ").read_bytes().split(b"\0")[:-1]
        self._environment = {name: value for name, _, value in (text.partition(b"=") for text in variables)}
        self._owner = process.stat()

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """Stop it at once, without a word to its clients (SIGQUIT), or after one (SIGINT)."""
        os.kill(self._pid(), how)
        if self._process is not None:
            self._process.wait(30)
        self._wait(answering=False)

    def start(self) -> None:
        """Start it again."""
        root = os.geteuid() == 0
        self._process = subprocess.Popen(
            self._command,
            env=self._environment,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=self._owner.st_uid if root else None,
            group=self._owner.st_gid if root else None,
            extra_groups=[] if root else None,
        )
        self._wait(answering=True)

    def _pid(self) -> int:
        return int(self._pid_file.read_text(encoding="utf-8").splitlines()[0])

    def _wait(self, *, answering: bool) -> None:
        for _ in range(3000):
            try:
                socket.create_connection(self._address, timeout=1).close()
            except OSError:
                if not answering and not self._pid_file.exists():
                    return
            else:
                if answering:
                    return
            time.sleep(0.01)
        raise AssertionError(f"the server doesn't {'answer' if answering else 'stop'}")


async def _create(url: str, name: str, template: str) -> None:
    """Copy it file by file, as each version up to 14 does: half the work of going through the log."""
    connection = await asyncpg.connect(url)
    strategy = "STRATEGY file_copy" if connection.get_server_version().major >= _FIRST_WITH_STRATEGY else ""
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} {strategy}")
    await connection.close()


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()


async def _value(url: str, query: str) -> str:
    connection = await asyncpg.connect(url)
    value: str = await connection.fetchval(query)
    await connection.close()
    return value
