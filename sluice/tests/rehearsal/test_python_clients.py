"""The index that a client of Python's packages means."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from sluice.rehearsal.uploads.addresses import file_text
from sluice.rehearsal.uploads.python_clients import upload

API = "http://127.0.0.1:5"


@pytest.fixture
def led(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where the client was led; ``itself`` where it went its own way."""
    found: list[str] = []

    def run(_: object, **given: dict[str, str]) -> subprocess.CompletedProcess[bytes]:
        found.append(given["env"]["TWINE_REPOSITORY_URL"])
        return subprocess.CompletedProcess([], 0)

    def itself(*_: object) -> None:
        found.append("itself")
        raise SystemExit

    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(os, "execv", itself)
    for name in ("TWINE_REPOSITORY", "TWINE_REPOSITORY_URL"):
        monkeypatch.delenv(name, raising=False)
    return found


@pytest.mark.parametrize("name", ["co", "pypi"])
def test_an_index_of_the_users_is_met_under_any_name(name: str, tmp_path: Path, led: list[str]) -> None:
    (tmp_path / ".pypirc").write_text(f"[{name}]\nrepository = https://pypi.co.com/index/\n", encoding="utf-8")
    assert upload("twine", "twine", API, ["upload", "-r", name, "x"]) == 0
    assert led == [f"{API}/index/https/pypi.co.com/index/"]


@pytest.mark.parametrize("name", ["devpi", "pypi"])
def test_an_index_of_the_jobs_own_is_used(name: str, tmp_path: Path, led: list[str]) -> None:
    (tmp_path / ".pypirc").write_text(f"[{name}]\nrepository = http://127.0.0.1:3141/\n", encoding="utf-8")
    with pytest.raises(SystemExit):
        upload("twine", "twine", API, ["upload", "-r", name, "x"])
    assert led == ["itself"]


def test_the_file_that_names_the_stand_in_leads_there_once(tmp_path: Path, led: list[str]) -> None:
    (tmp_path / ".pypirc").write_text(file_text(API), encoding="utf-8")
    assert upload("twine", "twine", API, ["upload", "x"]) == 0
    assert led == [f"{API}/index/https/upload.pypi.org/legacy/"]
