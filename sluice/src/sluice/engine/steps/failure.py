"""What a failed process leaves for ``sluice shell``: where it stood and with what."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

FILE = "failed-step.json"


class FailedStep(msgspec.Struct, frozen=True, kw_only=True):
    """The command, folder and whole environment of a step's process; it may hold secrets.

    ``root`` is where the job worked: all paths are below it.
    """

    root: str
    step: str
    command: tuple[str, ...]
    directory: str
    environment: dict[str, str]


def leave(failed: FailedStep, folder: Path) -> None:
    """Write it into the job's folder, for its owner alone."""
    descriptor = os.open(folder / FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(failed))
