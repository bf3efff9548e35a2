"""Releases as folders: which ones stay."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from sluice.targets.process.building import drop_unfinished, prune

NOW = 1_000_000.0
DAY = 24 * 3600


def release(releases: Path, name: str, age: float, *, finished: bool = True) -> Path:
    folder = releases / name
    folder.mkdir(parents=True)
    mark = folder / ".sluice-built"
    if finished:
        mark.touch()
    os.utime(mark if finished else folder, (NOW - age, NOW - age))
    return folder


@pytest.mark.parametrize(
    ("age", "finished", "kept", "stays"),
    [
        (2 * DAY, True, False, False),
        (2 * DAY, False, False, False),
        (2 * DAY, True, True, True),
        (DAY / 2, True, False, True),
        (DAY / 2, False, False, True),
    ],
)
def test_a_release_goes_that_nobody_runs_and_nobody_asked_for_within_a_day(
    tmp_path: Path, age: float, finished: bool, kept: bool, stays: bool
) -> None:
    folder = release(tmp_path, "0123-abcd", age, finished=finished)
    prune(tmp_path, {folder} if kept else set(), NOW)
    assert folder.exists() == stays


def test_a_release_that_somebody_asks_for_meanwhile_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = release(tmp_path, "0123-abcd", 2 * DAY)
    locked = os.open

    def opened(path: str | Path, *rest: int) -> int:
        os.utime(folder / ".sluice-built", (NOW, NOW))
        return locked(path, *rest)

    monkeypatch.setattr(os, "open", opened)
    prune(tmp_path, set(), NOW)
    assert folder.exists()


def test_what_a_kill_left_half_built_goes_unless_somebody_is_at_it(tmp_path: Path) -> None:
    whole, half, busy = (
        release(tmp_path, f"{name}-abcd", 0, finished=name == "whole") for name in ("whole", "half", "busy")
    )
    with (tmp_path / ".busy-abcd.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        drop_unfinished(tmp_path)
    assert [one.exists() for one in (whole, half, busy)] == [True, False, True]
