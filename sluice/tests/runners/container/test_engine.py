"""What is missing when there is no engine."""

from __future__ import annotations

import importlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests

from sluice.runners.container import engine
from sluice.runners.container.engine import Engine, SilentEngineError, connect, find_address
from sluice.runners.container.leftovers.ownership import is_left, own_labels
from sluice.runners.container.on_demand import EngineOnDemand
from sluice.runners.container.specification.request import ContainerRequest
from sluice.services.container.provider import ContainerProvider
from sluice.source.errors import UnavailableError

REQUEST = ContainerRequest(name="db", image="mysql:8")


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[Path]:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "docker.sock"))
        yield tmp_path / "docker.sock"


def test_the_engine_is_found_by_its_variable_or_its_socket(listening: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_SOCKETS", ("{home}/not-there.sock", "{runtime}/docker.sock"))
    assert find_address({"DOCKER_HOST": "tcp://x:1"}) == "tcp://x:1"
    assert find_address({"XDG_RUNTIME_DIR": str(listening.parent)}) == f"unix://{listening}"
    assert find_address({"XDG_RUNTIME_DIR": "/nowhere"}) is None


def test_no_engine_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_SOCKETS", ())
    with pytest.raises(UnavailableError, match="no container engine is running here"):
        connect({})


def test_a_missing_library_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "docker", None)
    with pytest.raises(UnavailableError, match="the library for container engines isn't installed") as caught:
        connect({"DOCKER_HOST": "unix:///nowhere"})
    assert caught.value.hint == "install it: pip install 'sluice-ci[docker]'"


def test_an_engine_that_is_not_running_is_told(listening: Path) -> None:
    reason = ContainerProvider(lambda: connect({"DOCKER_HOST": f"unix://{listening}"})).can_serve(REQUEST)
    assert reason == f"the container engine at unix://{listening} isn't running (start it)"


def test_an_engine_that_says_nothing_is_asked_once(listening: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_FIRST_SECONDS", 0.2)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{listening}")
    with socket.socket(socket.AF_UNIX) as server, closing(EngineOnDemand()) as on_demand:
        listening.unlink()
        server.bind(str(listening))
        server.listen()
        reasons = {ContainerProvider(on_demand).can_serve(REQUEST) for _ in range(2)}
        said = f"the container engine at unix://{listening} doesn't answer: nothing came within 0.2 seconds"
        assert reasons == {f"{said} (see what holds it up, or start it anew)"}
        server.setblocking(False)
        assert [_accepted(server) for _ in range(4)] == [True, True, False, False]  # one to see, one to ask


def _accepted(server: socket.socket) -> bool:
    try:
        connection, _ = server.accept()
    except BlockingIOError:
        return False
    connection.close()
    return True


def test_one_that_let_somebody_wait_in_vain_is_given_little_time_until_it_answers() -> None:
    client = SimpleNamespace(timeout=engine._SECONDS)
    asked = Engine("unix:///x", client, importlib.import_module("docker"))

    def late() -> None:
        raise requests.ReadTimeout("Read timed out.")

    with pytest.raises(SilentEngineError, match="nothing came within 120 seconds"):
        asked.translated(late)
    assert client.timeout == engine._IMPATIENT_SECONDS
    asked.translated(lambda: None)
    assert client.timeout == engine._SECONDS


@pytest.mark.slow
@pytest.mark.needs_root
def test_a_socket_that_may_not_be_used_is_told() -> None:
    """Asked by another user, since nothing is denied to root."""
    code = """
import os, socket, sys, tempfile
from sluice.runners.container.engine import connect
from sluice.source.errors import UnavailableError
import docker, requests, urllib3, encodings.idna
with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as server:
    os.chmod(folder, 0o755)
    server.bind(folder + "/docker.sock")
    server.listen()
    os.chmod(folder + "/docker.sock", 0o600)
    os.seteuid(65534)
    try:
        connect({"DOCKER_HOST": "unix://" + folder + "/docker.sock"})
    except UnavailableError as error:
        print(error.message.replace(folder, ""), "|", error.hint)
    finally:
        os.seteuid(0)
"""
    if os.geteuid() != 0:
        pytest.skip("this is not root")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == (
        "this user may not use the container engine at unix:///docker.sock | join the engine's group (docker), "
        "or run an engine of your own (rootless Docker, Podman)\n"
    )


def test_what_belongs_to_this_process_is_not_left() -> None:
    labels = own_labels({"a": "b"})
    assert labels["a"] == "b"
    assert not is_left(labels)
    assert not is_left({"someone": "else"})
    assert is_left({**labels, "sluice.owner": "1 17"})
    assert is_left({**labels, "sluice.owner": "?"})


def test_the_library_is_loaded_only_when_it_is_needed() -> None:
    code = "import sys, sluice.services.container.provider; print('docker' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.slow
def test_a_run_without_containers_loads_nothing_of_them() -> None:
    code = (
        "import sys, sluice.app.running.run, sluice.app.running.performance; "
        "import sluice.engine.run, sluice.actions.resolve; "
        "found = sorted(name for name in sys.modules if name.startswith('sluice.runners.container.')); "
        "print(found, 'docker' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['sluice.runners.container.on_demand'] False\n"
