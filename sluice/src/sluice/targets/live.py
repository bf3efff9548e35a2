"""Which deployment is live at a place that keeps no such thing itself: a file, replaced whole."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct

from sluice.machine.whole_files import write_whole

_FILE = "live.json"


class Live(Struct, frozen=True, kw_only=True):
    """The deployment's number and version."""

    number: int
    version: str


def load_live(folder: Path) -> Live | None:
    """What was written last."""
    try:
        return msgspec.json.decode((folder / _FILE).read_bytes(), type=Live | None)
    except FileNotFoundError:
        return None


def save_live(folder: Path, live: Live | None) -> None:
    """Replace it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(folder / _FILE, msgspec.json.encode(live))
