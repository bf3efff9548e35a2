"""What the jobs of this repository are set up with: an environment that is moved to them, tests that are found."""

from __future__ import annotations

import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MOVE = ROOT / "actions/setup/move.py"
PACKAGE = "demo"
SAYS = f"import {PACKAGE}; print({PACKAGE}.__file__, {PACKAGE}.say.__code__.co_filename)"


def move(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["move.py", str(environment)])
    runpy.run_path(str(MOVE))


@pytest.fixture
def moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an environment with a package in place and its script; the folder in which it was made is gone."""
    first, second = tmp_path / "first", tmp_path / "se&cond"
    environment, source = first / ".venv", first / "src" / f"{PACKAGE}.py"
    source.parent.mkdir(parents=True)
    source.write_text("def say():\n    pass\n", encoding="utf-8")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    (packages,) = environment.glob("lib/python*/site-packages")
    (packages / "demo.pth").write_text(f"{source.parent}\n", encoding="utf-8")
    record = packages / "demo-1.dist-info/direct_url.json"
    record.parent.mkdir()
    record.write_text(f'{{"url": "file://{first}"}}', encoding="utf-8")
    script = environment / "bin/demo"
    script.write_text(f"#!{environment}/bin/python\n{SAYS}\n", encoding="utf-8")
    script.chmod(0o755)
    subprocess.run([script], check=True, stdout=subprocess.DEVNULL)  # compiles the package
    move(environment, monkeypatch)
    shutil.move(first, second)
    return second


def test_scripts_and_packages_are_found_where_it_was_moved_to(moved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script, record = moved / ".venv/bin/demo", next(moved.glob(".venv/lib/*/site-packages/demo-1.dist-info/*"))
    with pytest.raises(FileNotFoundError):
        subprocess.run([script], check=True)
    move(moved / ".venv", monkeypatch)
    said = subprocess.run([script], check=True, capture_output=True, text=True).stdout
    assert said.split() == [f"{moved}/src/demo.py"] * 2
    assert record.read_text(encoding="utf-8") == f'{{"url": "file://{moved}"}}'


def test_an_environment_that_stayed_is_left_as_it_is(moved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move(moved / ".venv", monkeypatch)
    before = {path: path.stat().st_mtime_ns for path in (moved / ".venv/bin").iterdir()}
    move(moved / ".venv", monkeypatch)
    assert before == {path: path.stat().st_mtime_ns for path in (moved / ".venv/bin").iterdir()}


def test_tests_with_a_database_say_so_in_their_own_file() -> None:
    """``make test-integration`` looks in no other."""
    naming = {path for path in ROOT.glob("*/tests/**/*.py") if "needs_postgresql" in path.read_text(encoding="utf-8")}
    assert len(naming) > 10
    assert [path.name for path in naming if not path.name.startswith("test_")] == []
