"""The compose files: whole, in the right order, and without a variable that nothing reads."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from loka_stratum.configuration.reading import read_configuration

from .files import COMPOSE, OVERLAYS, ROOT, load, variables_listed, variables_read

COMPOSE_PROGRAM = shutil.which("docker-compose", path=f"{ROOT / '.tools/bin'}:{os.environ['PATH']}")


def test_what_is_listed_is_read_and_what_is_read_is_listed() -> None:
    assert variables_listed() == variables_read()


@pytest.mark.slow
@pytest.mark.skipif(COMPOSE_PROGRAM is None, reason="needs docker-compose, which `.ci/engine compose` makes")
@pytest.mark.parametrize("overlay", [None, *OVERLAYS], ids=lambda path: path.name if path else "alone")
def test_compose_takes_them(overlay: Path | None) -> None:
    files = ["--file", str(COMPOSE), *(["--file", str(overlay)] if overlay else [])]
    command = [str(COMPOSE_PROGRAM), "--env-file", str(ROOT / ".env.example"), *files, "config", "--quiet"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stderr


def test_every_file_that_is_mounted_is_there() -> None:
    sources = [
        volume.split(":")[0]
        for service in load(COMPOSE)["services"].values()
        for volume in service.get("volumes", [])
        if volume.startswith("./")
    ]
    assert sources
    for source in sources:
        assert (ROOT / source).exists(), source


def test_nothing_starts_before_what_it_needs_is_there() -> None:
    for path in (COMPOSE, *OVERLAYS):
        for name, service in load(path)["services"].items():
            for other, how in service.get("depends_on", {}).items():
                expected = "service_completed_successfully" if other == "migration" else "service_healthy"
                assert how["condition"] == expected, (name, other)
    needs = {name: set(service.get("depends_on", {})) for name, service in load(COMPOSE)["services"].items()}
    assert needs["stratum"] == {"migration"}
    assert needs["migration"] == {"postgres"}


def test_the_image_or_the_service_says_when_it_is_healthy() -> None:
    for name, service in load(COMPOSE)["services"].items():
        assert "healthcheck" in service or name in {"migration", "stratum"}, name
    assert "HEALTHCHECK --interval" in (ROOT / "stratum/Dockerfile").read_text()


def test_every_service_has_limits_in_production() -> None:
    limited = load(OVERLAYS[1])["services"]
    assert set(limited) == set(load(COMPOSE)["services"])
    for service in limited.values():
        assert service["deploy"]["resources"]["limits"]["memory"]
    assert limited["stratum"]["deploy"]["resources"]["limits"] == {"cpus": "1", "memory": "512M"}


@pytest.mark.parametrize("overlay", [None, OVERLAYS[0]])
def test_the_proxy_takes_the_settings_it_is_given(overlay: Path | None) -> None:
    environment: dict[str, Any] = dict(load(COMPOSE)["services"]["stratum"]["environment"])
    environment["LOKA_POOLS__0__ADDRESS"] = "pool.example.com:3333"
    if overlay:
        environment |= load(overlay)["services"]["stratum"]["environment"]
    given = {name: "" if str(text).startswith("${") else str(text) for name, text in environment.items()}
    configuration = read_configuration(None, given)
    assert configuration.pools[0].name == "main"
    assert configuration.database.url.reveal().endswith("@postgres:5432/loka_stratum")
