"""What breaks while images are built and pushed or services run: a clear error, a whole log, a rerun that works."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
from busybox_image import busybox
from containers import running_engine
from running import Ran, Run

from sluice.app.runs.presentation import log_reader
from sluice.views.run.failures import failures, remedy_for

pytestmark = [pytest.mark.needs_docker, pytest.mark.slow]
WORKFLOW = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - run: echo '>before'
      - uses: actions/checkout@v4
      - uses: docker/build-push-action@v6
        with: {context: ., network: none, tags: TAG, push: PUSH, load: true}
"""


def symptom(ran: Ran) -> str:
    (failure,) = failures(ran.state)
    known = remedy_for(failure, log_reader(ran.folder))
    return known.symptom if known else ""


@contextmanager
def registry(folder: Path, port: int) -> Iterator[None]:
    program = shutil.which("docker-registry")
    if program is None:
        pytest.skip("docker-registry is not installed; `.ci/engine start` brings it as root")
    settings = folder / "registry.yml"
    settings.write_text(
        f'version: 0.1\nstorage: {{filesystem: {{rootdirectory: {folder}/data}}}}\nhttp: {{addr: "127.0.0.1:{port}"}}\n'
    )
    with (
        (folder / "registry.log").open("wb") as log,
        subprocess.Popen([program, "serve", settings], stdout=log, stderr=log) as process,
    ):
        try:
            wait_for(lambda: listens(port))
            yield
        finally:
            process.terminate()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(holds: object, seconds: float = 60) -> None:
    assert callable(holds)
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)  # another process's doing: nothing tells


def test_a_registry_that_is_down_fails_the_push_and_is_there_for_the_next(
    run: Run, repository: Path, tmp_path: Path
) -> None:
    running_engine()
    (repository / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n", encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    image = f"127.0.0.1:{port}/sluice-faults:one"
    text = WORKFLOW.replace("TAG", image).replace("PUSH", "true")
    (repository / ".github/workflows/w.yml").write_text(text, encoding="utf-8")
    for words in (["add", "--all"], ["-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "--quiet", "-m", "It"]):
        subprocess.run(["git", *words], cwd=repository, check=True)
    try:
        assert run(text).code == 0, "it is rehearsed before it is published"
        broken = run(text, publish=True)
        assert broken.code == 1
        assert broken.said("job") == ["before"]
        assert "docker push failed" in (broken.job("job").steps["3"].reason or "")
        assert any("connection refused" in line for line in broken.log("job"))
        assert symptom(broken) == "a service, registry or host doesn't answer"
        assert [one.kind for one in broken.state.effects()] == []
        with registry(tmp_path, port):
            again = run(text, publish=True)
            assert again.code == 0, "\n".join(again.log("job"))
            assert [(one.kind, one.rehearsed) for one in again.state.effects()] == [("image-push", False)]
    finally:
        subprocess.run(["docker", "rmi", "--force", image], capture_output=True, check=False)


@pytest.fixture
def small_engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An engine of the test's own, whose data lie on a disk of 20 MB."""
    if os.geteuid() != 0 or shutil.which("dockerd") is None:
        pytest.skip("an engine on a small disk needs root and dockerd")
    with tempfile.TemporaryDirectory(prefix="sluice-", dir="/tmp") as name:  # sockets have short names
        folder = Path(name)
        (folder / "data").mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", folder / "data"], check=True)
        monkeypatch.setenv("DOCKER_HOST", f"unix://{folder}/socket")
        try:
            with engine_of(folder):
                yield folder
        finally:
            subprocess.run(["umount", "--lazy", folder / "data"], check=True)


@contextmanager
def engine_of(folder: Path) -> Iterator[None]:
    """In a network of its own: two engines in one would take each other's bridge away."""
    words = ["unshare", "--net", "dockerd", f"--host=unix://{folder}/socket", f"--data-root={folder}/data"]
    words += [f"--exec-root={folder}/exec", f"--pidfile={folder}/pid"]
    words += ["--bridge=none", "--iptables=false", "--ip6tables=false"]
    log = (folder / "log").open("wb")
    with log, subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log) as process:
        try:
            wait_for(lambda: subprocess.run(["docker", "version"], capture_output=True, check=False).returncode == 0)
            yield
        finally:
            process.terminate()
            process.wait()


SERVED = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    services: {web: {image: 'made:1', command: sleep 1000}}
    steps: [{run: "sleep SECONDS; echo '>after'"}]
"""


def test_an_engine_that_dies_under_a_service_is_told_and_the_next_run_removes_what_it_left(
    repository: Path, small_engine: Path
) -> None:
    if shutil.which("busybox") is None:
        pytest.skip("busybox is not installed; `.ci/engine start` brings it as root")
    subprocess.run(["docker", "import", "-", "made:1"], input=busybox(), capture_output=True, check=True)
    killing = Thread(target=kill_when_it_serves, args=(small_engine,))
    killing.start()
    code, said = run_apart(repository, SERVED.replace("SECONDS", "5"))
    killing.join()
    assert (code, "job | >after" in said, "isn't running (start it)" in said) == (1, True, True), said
    (small_engine / "pid").unlink()
    with engine_of(small_engine):
        assert left_in_engine() != b""
        assert run_apart(repository, SERVED.replace("SECONDS", "0"))[0] == 0
        assert left_in_engine() == b""


def run_apart(repository: Path, workflow: str) -> tuple[int, str]:
    """In a process of its own: what a process that lives has made is not left."""
    (repository / ".github/workflows/w.yml").write_text(workflow, encoding="utf-8")
    command = [sys.executable, "-m", "sluice", "run", "w.yml", "--plain", "--verbose"]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def left_in_engine() -> bytes:
    return subprocess.run(["docker", "ps", "--all", "--quiet"], capture_output=True, check=True).stdout


def kill_when_it_serves(folder: Path) -> None:
    wait_for(lambda: subprocess.run(["docker", "ps", "--quiet"], capture_output=True, check=False).stdout)
    time.sleep(2)  # the job's step has begun by then, or the job fails before it: either way the engine is gone
    os.kill(int((folder / "pid").read_text()), signal.SIGKILL)


def test_a_full_disk_fails_the_build_and_is_no_hindrance_to_the_next(
    run: Run, repository: Path, small_engine: Path
) -> None:
    text = WORKFLOW.replace("TAG", "full:one").replace("PUSH", "false")
    (repository / "Dockerfile").write_text("FROM scratch\nCOPY big /\n", encoding="utf-8")
    (repository / "big").write_bytes(os.urandom(24_000_000))
    broken = run(text)
    assert broken.code == 1, "\n".join(broken.log("job"))
    assert broken.said("job") == ["before"]
    assert re.search("docker (build|buildx) failed", broken.job("job").steps["3"].reason or "")
    assert any("no space left on device" in line for line in broken.log("job")), "\n".join(broken.log("job"))
    assert symptom(broken) == "the disk is full"
    subprocess.run(["mount", "-o", "remount,size=150m", small_engine / "data"], check=True)
    again = run(text)
    assert again.code == 0, "\n".join(again.log("job"))


RELAY = """
import os, socket, sys, threading

port, registry, limit = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
taken = 0


def pump(source, target, counted):
    global taken
    while data := source.recv(1 << 14):
        taken += len(data) if counted else 0
        if taken > limit:
            os._exit(0)  # as if the registry had been killed: every connection ends, none is taken any more
        target.sendall(data)
    target.shutdown(socket.SHUT_WR)


with socket.create_server(("127.0.0.1", port)) as server:
    print("listens", flush=True)
    while True:
        client, _ = server.accept()
        behind = socket.create_connection(("127.0.0.1", registry))
        for words in ((client, behind, True), (behind, client, False)):
            threading.Thread(target=pump, args=words, daemon=True).start()
"""


@contextmanager
def relayed(port: int, registry: int, limit: float) -> Iterator[None]:
    """A port that leads to a registry and dies, once and for all, when ``limit`` bytes were sent to it."""
    words = [sys.executable, "-c", RELAY, str(port), str(registry), str(limit)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "listens\n"
            yield
        finally:
            process.kill()


def tags(folder: Path) -> list[str]:
    """The tags of the image that a registry keeps."""
    place = folder / "data/docker/registry/v2/repositories/sluice-halfway/_manifests/tags"
    return [path.name for path in place.glob("*")]


@pytest.mark.parametrize("limit", [300_000, 1_300_000], ids=["within a layer", "after a layer"])
def test_a_registry_that_dies_halfway_fails_the_push_and_the_next_ends_it(
    run: Run, repository: Path, tmp_path: Path, limit: int
) -> None:
    """Most of its time the engine waits: it tries a layer five times."""
    running_engine()
    for name in ("one", "two"):
        (repository / name).write_bytes(os.urandom(1_000_000))
    (repository / "Dockerfile").write_text("FROM scratch\nCOPY one /\nCOPY two /\n", encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free, socket.create_server(("127.0.0.1", 0)) as other:
        port, behind = free.getsockname()[1], other.getsockname()[1]
    image = f"127.0.0.1:{port}/sluice-halfway:one"
    text = WORKFLOW.replace("TAG", image).replace("PUSH", "true")
    (repository / ".github/workflows/w.yml").write_text(text, encoding="utf-8")
    for words in (["add", "--all"], ["-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "-qm", "It"]):
        subprocess.run(["git", *words], cwd=repository, check=True)
    assert run(text).code == 0, "it is rehearsed before it is published"
    with registry(tmp_path, behind):
        with relayed(port, behind, limit):
            broken = run(text, publish=True)
        assert (broken.code, broken.said("job")) == (1, ["before"])
        assert "docker push failed with exit code 1" in (broken.job("job").steps["3"].reason or "")
        assert symptom(broken) == "a service, registry or host doesn't answer", "\n".join(broken.log("job"))
        assert [*broken.state.effects()] == []
        assert tags(tmp_path) == [], "what is not whole has no name"
        with relayed(port, behind, float("inf")):
            again = run(text, publish=True)
        assert again.code == 0, "\n".join(again.log("job"))
        assert [(one.kind, one.rehearsed) for one in again.state.effects()] == [("image-push", False)]
        assert tags(tmp_path) == ["one"]
    subprocess.run(
        ["docker", "rmi", "--force", f"127.0.0.1:{port}/sluice-halfway:one"], capture_output=True, check=False
    )
