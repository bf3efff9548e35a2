"""Which names files of Compose fix, and the file that gives others."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from sluice.runners.container.by_steps.fixed_names import fixed_names, may_fix, renamed
from sluice.runners.container.by_steps.projects import files_of, project_name

CONFIG: dict[str, Any] = {
    "name": "app",
    "services": {
        "db": {"container_name": "pg", "networks": {"back": None, "front": {"aliases": ["x"]}}},
        "host": {"container_name": "agent", "network_mode": "host"},
        "web": {"networks": {"default": None}},
    },
    "networks": {
        "default": {"name": "app_default"},
        "back": {"name": "shared"},
        "front": {"name": "there", "external": True},
    },
    "volumes": {"data": {"name": "pgdata"}, "own": {"name": "app_own"}, "bare": None},
}


def test_what_is_fixed_is_what_the_project_makes_by_a_name_of_its_own() -> None:
    found = fixed_names(CONFIG, "app")
    assert found == {"container": ["pg", "agent"], "network": ["shared"], "volume": ["pgdata"]}
    assert fixed_names({"services": {"web": {}}}, "app") == {"container": [], "network": [], "volume": []}


def test_what_another_has_gets_its_name_in_the_engine_and_is_found_by_the_one_it_had() -> None:
    names = {
        "container": {"pg": "pg-1", "agent": "agent-1", "other": "x"},
        "network": {"there": "there-1"},
        "volume": {"pgdata": "pgdata-1"},
    }
    alias = {"aliases": ["pg"]}
    assert renamed(CONFIG, names) == {
        "services": {
            "db": {"container_name": "pg-1", "networks": {"back": alias, "front": alias}},
            "host": {"container_name": "agent-1"},
        },
        "networks": {"front": {"name": "there-1"}},
        "volumes": {"data": {"name": "pgdata-1"}},
    }
    assert renamed(CONFIG, {"container": {"web": "web-1"}}) == {}


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("services:\n  db:\n    container_name: pg\n", True),
        ("networks:\n  back:\n    name: shared\n", True),
        ("volumes: {data: {name: pgdata}}\n", True),
        ("include: [other.yml]\n", True),
        ("services:\n  db:\n    extends: x\n", True),
        ("name: app\nservices:\n  db:\n    image: pg\n", False),
    ],
)
def test_compose_is_asked_only_where_files_may_fix_names(text: str, *, may: bool) -> None:
    assert may_fix(["", text]) is may


@pytest.mark.parametrize("name", ["docker-compose.override.yml", "compose.override.yml", "compose.override.yaml"])
def test_what_stands_beside_the_file_that_is_found_counts(tmp_path: Path, name: str) -> None:
    file, beside = tmp_path / "docker-compose.yml", tmp_path / name
    file.touch()
    assert files_of(["up"], {}, tmp_path) == [file]
    beside.touch()
    (tmp_path / "docker-compose.override.yaml").touch()
    assert files_of(["up"], {}, tmp_path) == [file, beside]
    assert files_of(["-f", "docker-compose.yml", "up"], {}, tmp_path) == [file]


def test_a_pipe_is_left_for_compose_to_read(tmp_path: Path) -> None:
    (tmp_path / "compose.yml").write_text("services: {db: {container_name: pg}}", encoding="utf-8")
    end, into = os.pipe()
    os.write(into, b"name: piped\n")
    os.close(into)
    words = ["-f", "compose.yml", "-f", f"/dev/fd/{end}", "up"]
    assert project_name(words, {}, tmp_path) is not None
    assert files_of(words, {}, tmp_path) is None
    assert os.read(end, 99) == b"name: piped\n"
    os.close(end)
