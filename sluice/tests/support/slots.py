"""Versions that do nothing but run."""

from __future__ import annotations

from pathlib import Path

from sluice.targets.process.records import Slot


def make_slot(number: int, folder: Path) -> Slot:
    return Slot(
        number=number,
        version=f"v{number}",
        commit="0" * 40,
        colour="blue",
        words=("sleep", "600"),
        directory=str(folder),
        environment={},
        drain=1,
    )
