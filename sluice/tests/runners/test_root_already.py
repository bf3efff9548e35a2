"""``sudo`` where the job is root's already and the machine has none."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from sluice.runners.host.root_already import bring_sudo


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    bring_sudo(tmp_path, str(tmp_path / "none"))
    return tmp_path / ".local/bin/sudo"


def ran(program: Path, *words: str) -> tuple[int, str]:
    done = subprocess.run(
        [program, *words], env={"PATH": os.environ["PATH"], "KEPT": "kept"}, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("echo", "-n", "x"), "x"),
        (("-E", "-n", "--", "echo", "a b"), "a b\n"),
        (("-u", "root", "echo", "x"), "x\n"),
        (("-nu", "root", "echo", "x"), "x\n"),
        (("--user=root", "-g", "staff", "A=b", "sh", "-c", "echo $A $KEPT"), "b kept\n"),
        (("-s", "echo", "in", "it"), "in it\n"),
        (("-D", "/", "pwd"), "/\n"),
        (("-v",), ""),
    ],
)
def test_it_does_what_it_is_told(program: Path, words: tuple[str, ...], said: str) -> None:
    assert ran(program, *words) == (0, said)


def test_codes_are_the_commands_own_and_nothing_to_do_is_an_error(program: Path) -> None:
    assert ran(program, "sh", "-c", "exit 7") == (7, "")
    assert ran(program, "-E") == (1, "sudo: a command is missing\n")
    assert ran(program, "-u") == (1, "sudo: a command is missing\n")


@pytest.mark.needs_root
def test_another_user_is_taken(program: Path) -> None:
    assert ran(program, "-u", "nobody", "id", "-un") == (0, "nobody\n")


def test_where_there_is_one_or_the_job_is_not_roots_there_is_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "bin/sudo"
    own.parent.mkdir()
    own.write_text("", encoding="utf-8")
    own.chmod(0o755)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    bring_sudo(tmp_path, str(own.parent))
    monkeypatch.setattr(os, "geteuid", lambda: 1001)
    bring_sudo(tmp_path, "")
    assert not (tmp_path / ".local").exists()
