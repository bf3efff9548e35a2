"""What is written beside a picture doesn't stay in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sluice.app.runs.presentation import Presentation
from sluice.events.model import Record
from sluice.store.runs.sqlite import SqliteStore


class Picture:
    """A view on a terminal that remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def show(self, record: Record) -> None: ...

    def refresh(self) -> float | None: ...

    def close(self) -> None: ...

    def suspend(self) -> None: ...

    def resume(self) -> None: ...

    def make_way(self) -> None:
        self.asked.append("way")


def test_a_picture_makes_way_for_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = Picture()
    Presentation(SqliteStore(tmp_path), "1", picture).say("Cancelling\n")
    assert (picture.asked, capsys.readouterr().err) == (["way"], "Cancelling\n")


def test_a_line_is_said_without_a_view(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Presentation(SqliteStore(tmp_path), "1", None).say("Cancelling\n")
    assert capsys.readouterr().err == "Cancelling\n"
