"""Compose as a target on a real engine: a new version, an ill one, the way back, and what a kill leaves."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from containers import BUSYBOX, running_engine
from deployed import Project
from prometheus_at_hand import free_port

from sluice.source.errors import UnavailableError
from sluice.targets.compose import find_compose

# Compose comes as Go source: to compile it takes minutes, which `make test` hasn't got and `make test-long` has.
pytestmark = [pytest.mark.needs_docker, pytest.mark.slow, pytest.mark.long]
TOOLS = Path(__file__).resolve().parents[3] / ".tools/bin"
SERVICES = """\
services:
  web:
    image: sluice-test-web:${{TAG}}
    build: .
    environment: [TOKEN]
    ports: ["127.0.0.1:{port}:8080"]
    stop_grace_period: 0s
    healthcheck:
      test: [CMD, wget, -q, -O, /dev/null, "http://127.0.0.1:8080/"]
      interval: 0.3s
      retries: 3
"""
IMAGE = f"""\
FROM {BUSYBOX}
COPY version /www/index.html
RUN if grep -q ill /www/index.html; then rm /www/index.html; fi
CMD ["httpd", "-f", "-p", "8080", "-h", "/www"]
"""
ENVIRONMENT = """\
[environment.staging]
watch = 1
[environment.staging.compose]
project = "{name}"
build = true
timeout = 60
[environment.staging.health]
url = "http://127.0.0.1:{port}/"
timeout = 20
"""


class Composed(Project):
    """``Project`` with services instead of processes."""

    def __init__(self, folder: Path, port: int) -> None:
        super().__init__(folder / "project", folder / "home", port)
        name = f"sluice-test-{os.getpid()}"
        for file, text in (
            ("docker-compose.yml", SERVICES.format(port=port)),
            ("Dockerfile", IMAGE),
            ("sluice.toml", ENVIRONMENT.format(name=name, port=port)),
        ):
            (self.root / file).write_text(text, encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Composed]:
    running_engine(BUSYBOX)
    monkeypatch.setenv("PATH", str(TOOLS), prepend=os.pathsep)
    try:
        find_compose()
    except UnavailableError as error:
        pytest.skip(f"{error.message}; `.ci/engine compose` makes one, of its Go module")
    made = Composed(tmp_path, free_port())
    yield made
    made.run("stop", "staging")


def test_a_version_comes_an_ill_one_goes_and_the_old_one_is_rolled_back_to(project: Composed) -> None:
    for version in ("v1", "v2"):
        project.commit(version)
        project.run("staging")
        assert project.answer() == version
    project.commit("ill")
    said = project.run("staging", code=1)
    assert "unhealthy" in said
    assert project.answer() == "v2"
    assert "healthy" in project.run("status")
    project.run("rollback", "staging")
    assert project.answer() == "v1"
    ends = [(one["request"]["release"]["version"], one["phase"]) for one in project.history()]  # type: ignore[index]
    assert ends == [("v1", "finished"), ("v2", "finished"), ("ill", "rolled back"), ("v1", "finished")]


def test_what_a_kill_left_is_finished_or_undone(project: Composed) -> None:
    project.commit("v1")
    project.run("staging")
    project.commit("v2")
    for seconds in (1.0, 3.0, 5.0):
        process = project.start("staging", "v2")
        time.sleep(seconds)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        assert "healthy" in project.run("status")
        live = project.answer()
        last = project.history()[-1]
        assert last["phase"] in {"finished", "rolled back", "abandoned"}
        assert (last["phase"] == "finished") is (live == last["request"]["release"]["version"])  # type: ignore[index]
        project.run("staging", "v1")
