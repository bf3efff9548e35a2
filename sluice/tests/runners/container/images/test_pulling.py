"""Images from a registry that asks for credentials: a real one, on loopback."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from containers import BUSYBOX, running_engine
from interrupting import read_until, rest, start
from running import Run

from sluice.runners.container.engine import Engine, EngineError

pytestmark = [pytest.mark.needs_docker, pytest.mark.slow]
USER, PASSWORD = "me", "hidden-word"
_ENTRY = "me:$2b$04$iCgWRMNJG4K6Y2r3BnW7IuBwE91XbWhL4.q.4xd9tzQbW0HdeTNHK\n"
_SETTINGS = """
version: 0.1
storage: {filesystem: {rootdirectory: FOLDER/data}}
http: {addr: "127.0.0.1:PORT"}
auth: {htpasswd: {realm: tests, path: FOLDER/passwords}}
"""


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def registry(folder: Path, port: int) -> Iterator[None]:
    program = shutil.which("docker-registry")
    if program is None:
        pytest.skip("docker-registry is not installed; `.ci/engine start` brings it as root")
    (folder / "passwords").write_text(_ENTRY)
    (folder / "settings.yml").write_text(_SETTINGS.replace("FOLDER", str(folder)).replace("PORT", str(port)))
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen([program, "serve", folder / "settings.yml"], stdout=log, stderr=log) as process,
    ):
        try:
            end = time.monotonic() + 20
            while not _listens(port) and time.monotonic() < end:
                time.sleep(0.05)  # it tells nobody
            yield
        finally:
            process.terminate()


@pytest.fixture
def image() -> Iterator[str]:
    """A reference to nothing yet, in a registry that doesn't run yet."""
    engine = running_engine(BUSYBOX)
    with socket.create_server(("127.0.0.1", 0)) as free:
        name = f"127.0.0.1:{free.getsockname()[1]}/private/box"
    yield f"{name}:1"
    _forget(engine, f"{name}:1")


def _forget(engine: Engine, image: str) -> None:
    try:
        engine.translated(lambda: engine.client.remove_image(image, force=True))
    except EngineError:
        return


def _push(engine: Engine, image: str) -> None:
    name = image.removesuffix(":1")
    login = {"username": USER, "password": PASSWORD}
    engine.translated(lambda: engine.client.tag(BUSYBOX, name, tag="1"))
    said = engine.translated(lambda: engine.client.push(name, tag="1", auth_config=login))
    assert "error" not in said, said
    _forget(engine, image)


def workflow(image: str) -> str:
    return f"""
on: push
jobs:
  job:
    runs-on: ubuntu-latest
    container:
      image: {image}
      credentials: {{username: me, password: '${{{{ secrets.REGISTRY }}}}'}}
    steps:
      - run: echo '> ran'
"""


def test_a_private_image_is_pulled_with_the_jobs_credentials_and_its_progress_is_told(
    run: Run, image: str, tmp_path: Path
) -> None:
    engine = running_engine(BUSYBOX)
    with registry(tmp_path, int(image.split(":")[1].split("/", maxsplit=1)[0])):
        _push(engine, image)
        wrong = run(workflow(image), secrets={"REGISTRY": "another"})
        right = run(workflow(image), secrets={"REGISTRY": PASSWORD})
    assert (wrong.results(), wrong.said("job")) == ({"job": "failure"}, [])
    assert f"The image '{image}' of the job's container can't be pulled" in wrong.job("job").steps["containers"].reason
    assert (right.results(), right.said("job")) == ({"job": "success"}, ["ran"])
    assert any("Status: Downloaded newer image" in line for line in right.log("job"))
    assert not any(PASSWORD in line for line in (*wrong.log("job"), *right.log("job")))


def test_a_registry_that_is_down_is_told_and_the_next_run_works(run: Run, image: str, tmp_path: Path) -> None:
    engine, secrets = running_engine(BUSYBOX), {"REGISTRY": PASSWORD}
    port = int(image.split(":")[1].split("/", maxsplit=1)[0])
    with registry(tmp_path, port):
        _push(engine, image)
    down = run(workflow(image), secrets=secrets)
    assert (down.results(), down.said("job")) == ({"job": "failure"}, [])
    assert "connection refused" in down.job("job").steps["containers"].reason
    with registry(tmp_path, port):
        assert run(workflow(image), secrets=secrets).results() == {"job": "success"}


@pytest.fixture
def silent() -> Iterator[str]:
    """An image of a registry that takes every connection and never answers."""
    running_engine()
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}/no/answer:1"


def test_a_pull_for_the_jobs_container_ends_with_ctrl_c(repository: Path, silent: str) -> None:
    text = f"on: push\njobs: {{job: {{runs-on: ubuntu-latest, container: '{silent}', steps: [{{run: echo}}]}}}}\n"
    process = start(repository, text)
    read_until(process, "Initialize containers")
    time.sleep(0.5)  # the pull is under way
    begun = time.monotonic()
    os.kill(process.pid, signal.SIGINT)
    said = rest(process)
    assert time.monotonic() - begun < 3, said
    assert (process.returncode, "cancelled" in said) == (130, True), said


@pytest.mark.parametrize(
    "place",
    ["container: '${{ matrix.image }}'", "services: {one: {image: '${{ matrix.image }}'}}"],
    ids=["container", "service"],
)
def test_fail_fast_ends_a_pull(run: Run, silent: str, place: str) -> None:
    begun = time.monotonic()
    ran = run(f"""
on: push
jobs:
  job:
    strategy: {{matrix: {{image: ['{silent}', '']}}}}
    runs-on: ubuntu-latest
    {place}
    steps: [{{run: sleep 1; exit 1}}]
""")
    assert ran.results() == {"job.1": "cancelled", "job.2": "failure"}
    assert time.monotonic() - begun < 6
