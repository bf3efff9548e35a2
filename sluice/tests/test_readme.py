"""The README's commands are commands that there are, with options that they have."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import click
import pytest

from sluice.cli.main import cli

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PACKAGE = (ROOT / "sluice/README.md").read_text(encoding="utf-8")
COMMANDS = sorted(set(re.findall(r"^sluice .*?(?=\s+#|$)", README + PACKAGE, re.MULTILINE)))
EXTRAS = tomllib.loads((ROOT / "sluice/pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_the_readme_can_be_typed(line: str) -> None:
    words = line.split()[1:]
    command = cli.get_command(click.Context(cli), words[0])
    assert command is not None
    command.make_context(words[0], words[1:])


@pytest.mark.parametrize("text", [README, PACKAGE], ids=["repository", "package"])
def test_an_extra_of_a_readme_can_be_installed(text: str) -> None:
    named = [name for found in re.findall(r"sluice(?:-ci)?\[([a-z,]+)\]", text) for name in found.split(",")]
    assert named
    assert set(named) <= set(EXTRAS)


def test_the_package_names_every_extra() -> None:
    (named,) = re.findall(r"sluice-ci\[([a-z,]+)\]", PACKAGE)
    assert sorted(named.split(",")) == sorted(EXTRAS)


def test_what_the_package_says_needs_no_other_file() -> None:
    assert "](" not in PACKAGE, "on the package index a relative link leads nowhere"


def test_the_readme_has_commands() -> None:
    assert len(COMMANDS) >= 8


@pytest.mark.parametrize("target", sorted(set(re.findall(r"^make ([a-z-]+)", README, re.MULTILINE))))
def test_a_make_target_of_the_readme_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
