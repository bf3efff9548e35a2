"""Of a worker's reports those that somebody reads come through, whatever becomes of a test."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = """
import os, pytest

@pytest.fixture
def never():
    raise OSError("it begins badly")

@pytest.fixture
def until():
    yield
    raise OSError("it ends badly")

def test_passes(record_property): record_property("checked", "12 things")
def test_fails(): assert not "it is wrong"
def test_errs_before(never): pass
def test_errs_after(until): pass
def test_skips(): pytest.skip("it is not here")
@pytest.mark.xfail(reason="it is known")
def test_is_known(): assert False
def test_dies(): os._exit(3)
"""
ENDINGS = "2 failed, 2 passed, 1 skipped, 1 xfailed, 2 errors"
REASONS = ("it begins badly", "it ends badly", "not 'it is wrong'", "it is not here", "it is known")


@pytest.mark.slow
@pytest.mark.parametrize("options", [[], ["--durations=1"]], ids=["few", "all"])
def test_whatever_does_not_pass_is_told_by_a_worker(tmp_path: Path, options: list[str]) -> None:
    (tmp_path / "test_it.py").write_text(TESTS, encoding="utf-8")
    words = ["-p", "conftest", "-p", "no:cacheprovider", "-n", "1", "-rA", *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    for said in (ENDINGS, *REASONS, "crashed while running 'test_it.py::test_dies'", "checked: 12 things"):
        assert said in done.stdout, done.stdout
