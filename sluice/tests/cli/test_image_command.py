"""``sluice image analyze`` from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from image_archives import docker_archive

from sluice.cli.image_command import command
from sluice.source.errors import UsageError

GOOD = {"User": "10001", "Healthcheck": {"Test": ["CMD", "app", "health"]}}


@pytest.fixture
def image(repository: Path) -> Path:
    return docker_archive(repository / "good.tar", [{"app": b"1234"}], GOOD)


def call(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(command, ["analyze", *words], standalone_mode=False)
    assert result.exception is None, result.exception
    return result.return_value, result.output


def test_a_good_image_passes_what_is_required(image: Path) -> None:
    code, output = call("good.tar", "--require", "non-root", "--require", "health-check", "--measures", "out/m.jsonl")
    assert code == 0
    assert "CMD app health" in output
    assert '"image/unpacked"' in Path("out/m.jsonl").read_text(encoding="utf-8")
    assert image.is_file()


def test_no_repository_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker_archive(tmp_path / "bad.tar", [{".env": b"A=b"}])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sluice.app.root.find_root", no_root)
    code, output = call("bad.tar")
    assert (code, "layer 1 holds .env" in output) == (1, True)


def no_root(start: Path) -> Path:
    raise UsageError(f"No repository at or above {start}")


def test_root_no_health_check_and_a_key_fail(repository: Path) -> None:
    docker_archive(repository / "bad.tar", [{".env": b"A=b"}])
    code, output = call("bad.tar", "--require", "non-root", "--require", "health-check")
    assert code == 1
    assert "runs as root" in output
    assert "no HEALTHCHECK" in output
    assert "layer 1 holds .env" in output
    assert call("bad.tar")[0] == 1


def test_an_image_is_compared_with_another_one(image: Path, repository: Path) -> None:
    docker_archive(repository / "old.tar", [{"app": b"1"}], {"User": "0"})
    code, output = call("good.tar", "--against", "old.tar")
    assert code == 0
    assert "+3 B" in output
    assert "user" in output
    _, text = call("good.tar", "--against", "old.tar", "--json")
    assert json.loads(text)["grown"] == 3
    assert image.is_file()
