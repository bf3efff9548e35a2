"""What commands in a job tell the run of: whether it publishes, and what would have left the machine."""

from __future__ import annotations

import json
import os
from pathlib import Path

from msgspec import Struct

EFFECTS = "SLUICE_EFFECTS"
PUBLISHES = "SLUICE_PUBLISH"


class Effect(Struct, frozen=True, kw_only=True):
    """What would have left the machine."""

    kind: str
    target: str
    request: str

    def __str__(self) -> str:
        return f"rehearsed {self.kind}  {self.target}\n  {self.request}"


def rehearses() -> bool:
    """Whether this is a job of a run without ``--publish``."""
    return os.environ.get(PUBLISHES) == "false"


def note_effect(kind: str, target: str, request: str) -> None:
    """A line for the run that this job belongs to; nothing outside of one."""
    place = os.environ.get(EFFECTS)
    if place:
        with Path(place).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"kind": kind, "target": target, "request": request}) + "\n")
