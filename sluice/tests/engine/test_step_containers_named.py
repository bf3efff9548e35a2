"""A command of ``docker`` is the guard's whatever stands before its verb, and whatever engine it names."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from sluice.engine.containers import standing_before
from sluice.machine.programs import own_program

ENGINE = "unix:///run/engine.sock"


@pytest.fixture
def called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What stands before a client that knows two contexts; the modules that it asks are printed, and not run."""
    real = tmp_path / "real/docker"
    real.parent.mkdir()
    cases = (
        "*'inspect away'*) echo ssh://me@prod ;; *'context inspect'*) echo unix:///run/engine.sock ;; info*) exit 1 ;;"
    )
    real.write_text(f'#!/bin/sh\ncase "$*" in {cases} *) echo "real $*" ;; esac\n', encoding="utf-8")
    real.chmod(0o755)
    monkeypatch.setattr(
        standing_before, "own_program", lambda name: "echo guard" if name.endswith("client") else own_program(name)
    )
    monkeypatch.setattr("sluice.runners.container.engine.find_address", lambda: ENGINE)
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    program = tmp_path / "before/docker"
    program.parent.mkdir()
    standing_before.write_program(program, str(real), "name", "127.0.0.1:5")
    return program


def said(program: Path, line: str) -> list[str]:
    """The lines that a command printed, without that of the first look."""
    done = subprocess.run(
        [program, *shlex.split(line)], capture_output=True, text=True, check=False, cwd=program.parent, timeout=20
    )
    return [one for one in done.stdout.splitlines() if not one.endswith("--begin")]


@pytest.mark.parametrize(
    "before",
    [
        f"-H {ENGINE}",
        f"-H{ENGINE}",
        f"--host={ENGINE}",
        "--context default",
        "-c default",
        "--context=default",
        "-D --log-level debug",
        "--config d",
        "--tlsverify",
        f"-DH {ENGINE}",
        "-DDldebug",
        "-D=true --",
    ],
)
def test_options_before_the_verb_do_not_pass_the_guard(called: Path, before: str) -> None:
    assert [one.split()[3:] for one in said(called, f"{before} rm -f x")] == [["rm", "-f", "x"]]
    assert said(called, f"{before} rm -f x")[0].startswith("guard ")


@pytest.mark.slow
@pytest.mark.parametrize("before", ["-H ssh://me@prod", "--context away", "-c away", "-DH ssh://me@prod"])
def test_an_engine_elsewhere_is_not_changed(called: Path, before: str) -> None:
    assert said(called, f"{before} rm -f x") == []
    assert said(called, f"{before} compose up -d") == []
    assert said(called, f"{before} pull x") == []
    assert said(called, f"{before} buildx bake --print") == []
    assert said(called, f"{before} ps") == ["real ps"]


@pytest.mark.parametrize("before", ["-H ssh://me@prod", "--context away"])
def test_what_may_be_published_is_done_at_another_engine_as_it_stands(called: Path, before: str) -> None:
    standing_before.write_program(called, str(called.parents[1] / "real/docker"), "name", None)
    assert said(called, f"{before} compose up -d") == ["real compose up -d"]
    assert said(called, f"{before} ps") == ["real ps"]
    assert said(called, "ps")[0].startswith("guard ")


@pytest.mark.parametrize("ends", [" ", "="])
def test_what_tls_needs_comes_by_variables(called: Path, monkeypatch: pytest.MonkeyPatch, ends: str) -> None:
    for name in ("DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"):
        monkeypatch.delenv(name, raising=False)
    real = called.parents[1] / "real/docker"
    real.write_text('#!/bin/sh\necho "$DOCKER_TLS_VERIFY $DOCKER_CERT_PATH $DOCKER_HOST $*"\n', encoding="utf-8")
    line = f"--tlsverify --tlscacert{ends}/a/b/ca.pem --tlskey{ends}/a/b/key.pem -H tcp://127.0.0.1:9 rm x"
    assert said(called, line) == ["1 /a/b tcp://127.0.0.1:9 rm x"]
    assert said(called, f"--tlsverify=false --tlscert{ends}cert.pem -H tcp://127.0.0.1:9 rm x") == [
        " . tcp://127.0.0.1:9 rm x"
    ]


@pytest.mark.slow
def test_an_engine_that_variables_name_is_looked_at_too(called: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("DOCKER_HOST", "ssh://me@prod")
        assert said(called, "rm x") == []
    monkeypatch.setenv("DOCKER_HOST", "tcp://localhost:2375")
    assert said(called, "rm x") == ["real rm x"], "the job's own"
    assert said(called, "plugin push x") == [], "but nothing leaves from there"


def test_what_the_machine_has_is_looked_at_once_before_the_first_command(called: Path) -> None:
    lines = [subprocess.run([called, "events"], capture_output=True, text=True, check=True).stdout for _ in "ab"]
    assert ["--begin" in one for one in lines] == [True, False]
    assert [one.splitlines()[-1] for one in lines] == ["real events"] * 2


def test_a_user_who_may_not_write_there_has_docker_too(called: Path) -> None:
    called.write_text(re.sub(r">\S*/known", ">/nowhere/known", called.read_text(encoding="utf-8")), encoding="utf-8")
    assert said(called, "events") == ["real events"]
