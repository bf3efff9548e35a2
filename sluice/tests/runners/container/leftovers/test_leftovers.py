"""What is left in the engine when Sluice is killed, and how the job is ended when it is cancelled."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from containers import BUSYBOX, running_engine

from sluice.machine.processes import identify
from sluice.runners.container.engine import Engine
from sluice.runners.container.leftovers.ownership import OWNER

pytestmark = [pytest.mark.needs_docker, pytest.mark.slow]
WORKFLOW = f"""
on: push
jobs:
  job:
    runs-on: ubuntu-latest
    container: {{image: '{BUSYBOX}', volumes: [/data]}}
    services:
      web: {{image: '{BUSYBOX}', command: httpd -f -p 80}}
    steps:
      - run: |
          trap 'echo "> interrupted"; exit 5' INT
          touch $GITHUB_WORKSPACE/up
          while true; do sleep 0.1; done
      - if: always()
        run: echo '> afterwards'
"""
_SECONDS = 60


def until(seen: Callable[[], object]) -> None:
    end = time.monotonic() + _SECONDS
    while not seen():
        assert time.monotonic() < end
        time.sleep(0.05)  # the engine tells nobody


def made_by(engine: Engine, owner: str) -> list[str]:
    mark = {"label": [f"{OWNER}={owner}"]}
    containers = engine.translated(partial(engine.client.containers, all=True, filters=mark))
    networks = engine.translated(partial(engine.client.networks, filters=mark))
    return [*(one["Id"] for one in containers), *(one["Id"] for one in networks)]


def volumes_of(engine: Engine, owner: str) -> set[str]:
    """Those that its containers have, which bear no label: other tests make and remove some meanwhile."""
    found = engine.translated(partial(engine.client.containers, filters={"label": [f"{OWNER}={owner}"]}))
    return {mount["Name"] for one in found for mount in one["Mounts"] if mount["Type"] == "volume"}


@pytest.fixture
def started(repository: Path) -> subprocess.Popen[bytes]:
    running_engine(BUSYBOX)
    (repository / ".github/workflows/w.yml").write_text(WORKFLOW)
    return subprocess.Popen(
        [sys.executable, "-m", "sluice", "run", ".github/workflows/w.yml"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


@pytest.mark.parametrize("group", [False, True], ids=["the process", "its group"])
def test_killed_it_leaves_no_container_network_or_volume(
    started: subprocess.Popen[bytes], tmp_path: Path, *, group: bool
) -> None:
    engine = running_engine(BUSYBOX)
    pid, since = identify(started.pid)
    owner = f"{pid} {since}"
    until(lambda: list(tmp_path.glob("home/state/jobs/*/*/work/*/*/up")))
    assert len(made_by(engine, owner)) == 3
    volumes = volumes_of(engine, owner)
    assert len(volumes) == 1
    (os.killpg if group else os.kill)(started.pid, signal.SIGKILL)
    started.communicate()
    until(lambda: not made_by(engine, owner))
    left = engine.translated(engine.client.volumes)["Volumes"] or []
    assert not volumes & {one["Name"] for one in left}


def test_cancelled_the_step_is_interrupted_and_what_always_runs_runs(
    started: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    engine = running_engine(BUSYBOX)
    pid, since = identify(started.pid)
    until(lambda: list(tmp_path.glob("home/state/jobs/*/*/work/*/*/up")))
    started.send_signal(signal.SIGINT)
    said = started.communicate(timeout=_SECONDS)[0].decode()
    assert started.returncode == 130, said
    logs = "".join(path.read_text(errors="replace") for path in tmp_path.glob("home/state/runs/*/logs/*"))
    assert "> interrupted" in logs
    assert "> afterwards" in logs
    assert made_by(engine, f"{pid} {since}") == []


HOLDER = """
import sys
import anyio
from sluice.runners.container.engine import connect
from sluice.runners.container.leftovers.guarding import guard, hold_project, release_project

engine = connect()
anyio.run(guard, engine)
for project in sys.argv[1:]:
    hold_project(engine.address, project)
release_project(engine.address, sys.argv[-1])
print("held", flush=True)
sys.stdin.read()
"""


def of_project(engine: Engine, project: str) -> list[str]:
    chosen = {"label": [f"com.docker.compose.project={project}"]}
    containers = engine.translated(partial(engine.client.containers, all=True, filters=chosen))
    volumes = engine.translated(partial(engine.client.volumes, filters=chosen))["Volumes"] or []
    return [*(one["Id"] for one in containers), *(one["Name"] for one in volumes)]


def test_killed_it_leaves_no_project_of_compose_and_the_machines_own_stay() -> None:
    engine = running_engine(BUSYBOX)
    held, released = (f"sluice-{os.getpid()}-{name}" for name in ("held", "released"))
    for project in (held, released):
        labels = {"com.docker.compose.project": project}
        made = partial(engine.client.create_container, BUSYBOX, "sleep 60", labels=labels)
        engine.translated(partial(engine.client.start, engine.translated(made)["Id"]))
        engine.translated(partial(engine.client.create_volume, f"{project}-kept", labels=labels))
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, held, released], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        holder.kill()
    try:
        until(lambda: not of_project(engine, held))
        assert len(of_project(engine, released)) == 2
    finally:
        container, volume = of_project(engine, released)
        engine.translated(partial(engine.client.remove_container, container, force=True))
        engine.translated(partial(engine.client.remove_volume, volume))
