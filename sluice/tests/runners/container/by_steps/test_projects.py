"""The name of a project of Compose, by Compose's own order."""

from __future__ import annotations

from pathlib import Path

import pytest

from sluice.runners.container.by_steps.projects import command_of, given_name, project_name, with_project


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "My Stack"
    (folder / "below").mkdir(parents=True)
    (folder / "compose.yaml").write_text("services: {}\n", encoding="utf-8")
    (folder / "named.yml").write_text("services: {}\nname: 'Other'  # its name\n", encoding="utf-8")
    (folder / "last.yml").write_text("name: last\n", encoding="utf-8")
    (folder / "variable.yml").write_text("name: ${N:-shop}\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("line", "variables", "name"),
    [
        ("up -d", {}, "mystack"),
        ("-f named.yml up", {}, "other"),
        ("--file=named.yml up", {}, "other"),
        ("up", {"COMPOSE_FILE": "named.yml:more.yml"}, "other"),
        ("up", {"COMPOSE_PROJECT_NAME": "Given"}, "given"),
        ("-p mine up", {"COMPOSE_PROJECT_NAME": "given"}, "mine"),
        ("--project-directory below -f compose.yaml up", {}, "below"),
        ("-f - up", {}, "mystack"),
        ("-f named.yml -f compose.yaml up", {}, "other"),
        ("-f named.yml -f last.yml up", {}, "last"),
        ("-f variable.yml up", {}, "mystack"),
        ("-pmine up", {}, "mine"),
        ("-p one -p two up", {}, "two"),
    ],
)
def test_the_name_is_composes_own(place: Path, line: str, variables: dict[str, str], name: str | None) -> None:
    assert project_name(line.split(), variables, place) == name


def test_a_file_above_counts_and_so_does_the_env_file(place: Path) -> None:
    assert project_name(["up"], {}, place / "below") == "mystack"
    (place / ".env").write_text("A=b\nCOMPOSE_PROJECT_NAME=of-the-file\n", encoding="utf-8")
    assert project_name(["up"], {}, place) == "of-the-file"


def test_the_command_stands_behind_the_options() -> None:
    assert command_of(["-f", "x.yml", "--ansi", "never", "--verbose", "up", "-d"]) == ["up", "-d"]
    assert command_of(["--version"]) == []
    assert given_name(["-f", "x", "--project-name=n", "up", "-p", "no"]) == "n"


def test_another_name_counts_before_the_one_that_the_words_say() -> None:
    words = with_project(["-p", "stack", "-f", "x.yml", "up", "-p", "no"], "own")
    assert words == ["-p", "stack", "-f", "x.yml", "-p", "own", "up", "-p", "no"]
    assert given_name(words) == "own"
