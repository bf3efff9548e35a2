"""Packages of the index in environments of their own: by uv and by pip, and which of them asks the right index."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sluice.actions.installing import InstallationError, install, usable_uv

UV = Path(__file__).parents[3] / ".tools/bin/uv"
needs_uv = pytest.mark.skipif(not UV.exists(), reason="needs uv, which `make setup` brings")
SETTINGS = ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_CONFIG_FILE", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without settings, and a uv on PATH."""
    for name in (*SETTINGS, "PIP_NO_INDEX", "PIP_CONFIG_FILE", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "xdg"))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    (tmp_path / "uv").write_text("#!/bin/sh\necho uv 0.9.1\n", encoding="utf-8")
    (tmp_path / "uv").chmod(0o755)
    return tmp_path


def test_a_uv_that_is_here_is_used(machine: Path) -> None:
    assert usable_uv(machine / "tools") == machine / "uv"
    (machine / "uv").unlink()
    assert usable_uv(machine / "tools") is None


@pytest.mark.parametrize("name", ["PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX"])
def test_what_only_pip_is_told_of_the_index_is_heeded(
    machine: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "https://index.example/simple")
    assert usable_uv(machine / "tools") is None
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://index.example/simple")
    assert usable_uv(machine / "tools") == machine / "uv"


@pytest.mark.parametrize("file", [".pip/pip.conf", ".config/pip/pip.conf", "xdg/pip/pip.conf", "named"])
@pytest.mark.parametrize(
    ("line", "heeded"), [("index-url = https://x.example", True), ("no-index: true", True), ("timeout = 60", False)]
)
def test_pips_settings_are_read(
    machine: Path, monkeypatch: pytest.MonkeyPatch, file: str, line: str, heeded: bool
) -> None:
    (machine / file).parent.mkdir(parents=True, exist_ok=True)
    (machine / file).write_text(f"[global]\n{line}\n", encoding="utf-8")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(machine / "named"))
    assert (usable_uv(machine / "tools") is None) == heeded


def version(place: Path) -> str:
    """What the installed program says."""
    return subprocess.run(
        [place / "bin/pyproject-build", "--version"], capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.slow
@pytest.mark.parametrize("uv", [pytest.param(UV, marks=needs_uv), Path("/bin/false")], ids=["uv", "pip, as uv fails"])
def test_a_package_is_there_with_its_program(tmp_path: Path, uv: Path) -> None:
    install(Path(sys.executable), tmp_path / "place", "build", uv)
    assert version(tmp_path / "place").startswith("build ")
    assert (tmp_path / "place/bin/pip").exists() == (uv != UV), "who made it"


def test_a_python_that_makes_no_environment_is_told(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'No module named venv' >&2; exit 1\n", encoding="utf-8")
    python.chmod(0o755)
    with pytest.raises(InstallationError, match="No module named venv"):
        install(python, tmp_path / "place", "build", None)
