"""A real PostgreSQL for tests: started in a temporary folder on a free port of loopback, stopped and removed after.

It runs without privileges, also when the tests run as root. A test may stop it and start it again.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

INSTALLED = Path("/usr/lib/postgresql")
USER = "root"
PASSWORD = "root"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A PostgreSQL server of the tests' own."""

    version: int
    programs: Path
    folder: Path
    port: int

    def url(self, database: str = "postgres") -> str:
        """The address of one of its databases."""
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=50"
        self._control("start", "-w", "-o", options, "-l", str(self.folder / "log"))

    def stop(self, *, mode: str = "immediate") -> None:
        """Stop it. `immediate` is what a crash looks like to clients."""
        self._control("stop", "-w", "-m", mode)

    def create_database(self) -> str:
        """A new, empty database; returns its address."""
        name = f"test_{uuid.uuid4().hex}"
        command = [str(self.programs / "psql"), "-qX", self.url(), "-c", f"CREATE DATABASE {name}"]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        return self.url(name)

    def _control(self, action: str, *arguments: str) -> None:
        _run(self.programs / "pg_ctl", "-D", str(self.folder / "data"), "-t", "60", action, *arguments)


def installed_versions() -> dict[int, Path]:
    """The servers this machine has, by major version."""
    folders = INSTALLED.glob("*/bin") if INSTALLED.is_dir() else ()
    return {int(folder.parent.name): folder for folder in folders if (folder / "initdb").exists()}


@contextmanager
def temporary_server(version: int) -> Iterator[Server]:
    """A server of that version, running."""
    folder = Path(tempfile.mkdtemp(prefix="loka-postgresql-"))
    server = Server(version=version, programs=installed_versions()[version], folder=folder, port=_free_port())
    try:
        _give_away(folder)
        secret = folder / "password"
        secret.write_text(PASSWORD, encoding="utf-8")
        account = ("-U", USER, f"--pwfile={secret}", "-A", "scram-sha-256")
        _run(server.programs / "initdb", "-D", str(folder / "data"), *account, "-E", "UTF8", "--no-sync")
        server.start()
        try:
            yield server
        finally:
            if (folder / "data/postmaster.pid").exists():
                server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(program: Path, *arguments: str) -> None:
    """Run it without privileges; its output is in the error."""
    who = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    with tempfile.TemporaryFile() as output:
        ended = subprocess.run(
            [str(program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=120,
            check=False,
            cwd="/",
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            user=None if who is None else who.pw_uid,
            group=None if who is None else who.pw_gid,
            extra_groups=None if who is None else [],
        )
        output.seek(0)
        assert ended.returncode == 0, output.read().decode(errors="replace")


def _give_away(folder: Path) -> None:
    if os.geteuid() == 0:
        who = pwd.getpwnam("nobody")
        os.chown(folder, who.pw_uid, who.pw_gid)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
