"""The command `loka-migration` in the process of the tests, and the database it finds: a start takes a second."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from servers import VERSIONS

from loka_migration.cli import run


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, and what it printed."""

    code: object
    out: str
    err: str


Command = Callable[..., Ended]

on_the_newest = pytest.mark.parametrize("server", [VERSIONS[-1]], indirect=True)
"""For what is the same whichever server answers."""

on_the_oldest_and_newest = pytest.mark.parametrize("server", [VERSIONS[0], VERSIONS[-1]], indirect=True)
"""For what takes seconds on each; `migrate.yml` does it on 13 to 16."""


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run `loka-migration` with arguments."""

    def call(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["loka-migration", *arguments])
        with pytest.raises(SystemExit) as ended:
            run()
        return Ended(ended.value.code, *capsys.readouterr())

    return call


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch, database_url: str) -> str:
    """An empty database that `command` finds. Its scheme is the specification's."""
    monkeypatch.setenv("DATABASE_URL", database_url.replace("postgresql://", "postgres://"))
    return database_url
