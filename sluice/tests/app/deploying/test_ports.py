"""Public ports that another program has: who has them is said at once, and everything else goes on."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from deployed import Project

from sluice.targets.process.control import tell
from sluice.targets.process.orders import Look
from sluice.targets.process.records import FILE
from sluice.targets.protocol import TargetError

pytestmark = pytest.mark.slow


@contextmanager
def another_program(project: Project) -> Iterator[str]:
    """Has the project's port; yields how it is called."""
    with listening(project):
        yield f"{Path('/proc/self/comm').read_text(encoding='utf-8').strip()} (process {os.getpid()})"


def listening(project: Project) -> socket.socket:
    """A kill takes a moment: a process without words is not yet one without sockets."""
    until = time.monotonic() + 60
    while True:
        try:
            return socket.create_server(("127.0.0.1", project.port))
        except OSError:
            assert time.monotonic() < until
            time.sleep(0.01)


def test_a_port_that_was_taken_after_a_stop_is_told_at_once(project: Project) -> None:
    project.commit("v1")
    project.run("staging")
    project.run("stop", "staging")
    with another_program(project) as other:
        began = time.monotonic()
        said = project.run("staging", code=1)
        assert f"port 'web' can't be had at 127.0.0.1:{project.port}: another program" in said
        assert f"listens there: {other}" in said
        assert "nothing runs since the last deployment failed" in project.run("status", code=1)
        assert time.monotonic() - began < 10
    log = next(project.home.glob("state/environments/*/staging/supervisor.log"), None)
    assert log is None or "Traceback" not in log.read_text(encoding="utf-8")
    project.run("staging")
    assert project.answer() == "v1"


def test_a_live_version_whose_port_was_taken_is_not_well_until_it_has_it_again(project: Project) -> None:
    project.commit("v1")
    project.run("staging")
    project.cut_power()
    with another_program(project) as other:
        began = time.monotonic()
        for _ in range(2):
            said = project.run("status", code=1)
            assert "unhealthy" in said
            assert f"listens there: {other}" in said
        project.commit("v2")
        assert "port 'web' can't be had" in project.run("staging", code=1)
        assert time.monotonic() - began < 15
        assert "v2 was rolled back" in project.run("status", code=1)
    assert "healthy" in project.run("status")
    assert project.answer() == "v1"


def test_a_supervisor_that_can_not_start_says_why_at_once(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b'{"slots": 3}')
    began = time.monotonic()
    with pytest.raises(TargetError, match=r"the supervisor did not start: .*Expected `object`, got `int`"):
        tell(tmp_path, Look())
    assert time.monotonic() - began < 10


def test_a_port_that_the_live_version_has_by_another_name_is_told_as_such(project: Project) -> None:
    project.commit("v1")
    project.run("staging")
    for name in ("sluice.toml", "server.py"):
        text = (project.root / name).read_text(encoding="utf-8")
        renamed = text.replace("web =", "http =").replace("PORT_WEB", "PORT_HTTP")
        (project.root / name).write_text(renamed, encoding="utf-8")
    project.commit("v2")
    said = project.run("staging", code=1)
    assert f"port 'http' can't be had at 127.0.0.1:{project.port}: the live version has it as 'web'" in said
    assert "another program" not in said
    assert project.answer() == "v1"
    project.run("stop", "staging")
    project.run("staging")
    assert project.answer() == "v2"


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])  # noqa: S104 - it is refused
def test_an_environment_of_the_project_that_has_the_port_is_named(project: Project, host: str) -> None:
    settings = project.root / "sluice.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(
        text + text.replace("environment.staging", "environment.other").replace('"127.0.0.1:', f'"{host}:'),
        encoding="utf-8",
    )
    project.commit("v1")
    project.run("staging")
    said = project.run("other", code=1)
    taken = f"port 'web' can't be had at {host}:{project.port}: environment 'staging' of this project has it"
    assert taken in said
    assert "`sluice deploy stop staging` frees it" in said
    assert "another program" not in said
    assert taken in project.run("history", "other")
    assert project.answer() == "v1"
