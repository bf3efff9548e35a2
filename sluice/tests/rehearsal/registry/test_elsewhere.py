"""Which engines a rehearsed job's ``docker`` may change: the run's, and those of the job itself."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from sluice.rehearsal.registry.elsewhere import OWN, main

ENGINE = "unix:///run/engine.sock"


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A client with two contexts."""
    program = tmp_path / "docker"
    cases = "*'inspect away'*) echo ssh://me@prod ;; *'inspect here'*) echo unix:///run/engine.sock ;; *) exit 1 ;;"
    program.write_text(f'#!/bin/sh\ncase "$*" in {cases} esac\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.delenv("DOCKER_CONTEXT", raising=False)
    return str(program)


@pytest.mark.parametrize("named", [("DOCKER_HOST", "ssh://me@prod"), ("DOCKER_CONTEXT", "away")])
def test_an_engine_elsewhere_is_looked_at_and_not_changed(
    docker: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], named: tuple[str, str]
) -> None:
    effects = Path(docker).with_name("effects")
    monkeypatch.setenv(*named)
    monkeypatch.setenv("SLUICE_EFFECTS", str(effects))
    for line in ("ps", "compose -p x ps", "container ls", "version", "--version", "logs x"):
        assert main([docker, ENGINE, "0", *line.split()]) == OWN, line
    assert not effects.exists()
    for line in ("rm -f x", "compose -f a.yml up -d", "run x", "pull x", "network rm x"):
        assert main([docker, ENGINE, "0", *line.split()]) == 1, line
        told = {"kind": "engine", "target": "ssh://me@prod", "request": f"docker {line}"}
        assert json.loads(effects.read_text(encoding="utf-8").splitlines()[-1]) == told
        assert f"'docker {line}' at ssh://me@prod" in capsys.readouterr().err


def test_the_runs_engine_is_known_however_it_is_named_and_a_jobs_own_is_its_own(
    docker: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket, link = tmp_path / "engine", tmp_path / "link"
    socket.touch()
    link.symlink_to(socket)
    now = time.time()

    def asked(name: str, value: str, engine: str = ENGINE, began: float = now + 9) -> int:
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            return main([docker, engine, str(began), "rm", "x"])

    assert asked("DOCKER_CONTEXT", "here") == 0
    assert asked("DOCKER_CONTEXT", "nothing") == 0, "the program says itself that there is none"
    assert asked("DOCKER_HOST", f"unix://{link}", f"unix://{socket}") == 0
    assert asked("DOCKER_HOST", f"unix://{socket}") == 1, "one that was here before the job"
    assert asked("DOCKER_HOST", f"unix://{socket}", began=now - 9) == OWN
    assert asked("DOCKER_HOST", "tcp://localhost:2375") == OWN
    assert asked("DOCKER_HOST", "tcp://10.0.0.9:2375") == 1


def test_the_runs_engine_is_known_on_the_machines_loopback_too(docker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job without a network of its own has the machine's: what answers there may be the machine's engine."""
    cases = f"{ENGINE} | tcp://127.0.0.1:2375) echo machines ;; tcp://localhost:1) echo jobs ;; *) exit 1 ;;"
    Path(docker).write_text(f'#!/bin/sh\ncase "$DOCKER_HOST" in {cases} esac\n', encoding="utf-8")
    for place, code in (("tcp://127.0.0.1:2375", 0), ("tcp://localhost:1", OWN), ("tcp://localhost:9", OWN)):
        monkeypatch.setenv("DOCKER_HOST", place)
        assert main([docker, ENGINE, "1", "rm", "x"]) == code, place
