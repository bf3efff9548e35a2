import sys
from pathlib import Path

import pytest

from sluice.audit import programs
from sluice.audit.model import NotCheckedError
from sluice.audit.programs import find_program, in_portions, last_line, run_program


def test_a_scanner_that_is_not_there_says_what_brings_it(tmp_path: Path) -> None:
    with pytest.raises(NotCheckedError, match="no-such-scanner isn't installed") as caught:
        run_program("no-such-scanner", folder=tmp_path)
    assert caught.value.hint == "pip install 'sluice-ci[audit]'"


def test_a_scanner_beside_this_python_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    name = Path(sys.executable).name
    (tmp_path / name).write_text("#!/bin/sh\n", encoding="utf-8")
    (tmp_path / name).chmod(0o755)
    assert find_program(name) == str(Path(sys.executable).parent / name)


def test_what_it_said_and_its_exit_code_are_kept(tmp_path: Path) -> None:
    python = Path(sys.executable).name
    ran = run_program(python, "-c", "import sys; print('out'); sys.exit('the end')", folder=tmp_path)
    assert (ran.code, ran.output, last_line(ran)) == (1, b"out\n", "the end")
    assert last_line(run_program(python, "-c", "raise SystemExit(3)", folder=tmp_path)) == "exit code 3"


def test_one_that_does_not_end_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "LIMIT_SECONDS", 0.2)
    with pytest.raises(NotCheckedError, match="did not end"):
        run_program(Path(sys.executable).name, "-c", "import time; time.sleep(30)", folder=tmp_path)


def test_names_are_handed_over_as_many_as_fit() -> None:
    names = tuple(f"{number:0100}" for number in range(2500))
    portions = in_portions(names)
    assert [name for portion in portions for name in portion] == list(names)
    assert len(portions) == 3
    assert in_portions(()) == []
