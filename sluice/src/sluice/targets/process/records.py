"""What a supervisor is to keep running, in a file of the environment's folder that is only ever replaced whole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct, field

from sluice.machine.whole_files import write_whole

FILE = "desired.json"


class Slot(Struct, frozen=True, kw_only=True):
    """A version that runs: its words, where, with what. ``secrets`` names those variables of its ``environment`` that
    nobody is to see. ``announced`` are the ports at which it expects a PROXY header.
    ``drain`` is in seconds; ``pid`` and ``started`` name its process (``machine.processes.identify``), 0 without one.
    """

    number: int
    version: str
    commit: str
    colour: str
    words: tuple[str, ...]
    directory: str
    environment: Mapping[str, str]
    secrets: tuple[str, ...] = ()
    drain: float = 30
    ports: Mapping[str, int] = field(default_factory=dict)
    announced: tuple[str, ...] = ()
    pid: int = 0
    started: float = 0


class Desired(Struct, frozen=True, kw_only=True):
    """The whole of it. ``fronts`` maps a port's name to ``HOST:PORT``; ``live`` is a slot's number; ``retired`` are the
    last that were ended, as they were: with the secrets that they had, for a way back.
    """

    fronts: Mapping[str, str] = field(default_factory=dict)
    live: int | None = None
    slots: Mapping[int, Slot] = field(default_factory=dict)
    retired: Mapping[int, Slot] = field(default_factory=dict)


def load(folder: Path) -> Desired:
    """What was desired last; nothing before the first time. Raises ``ValueError`` for a damaged file."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Desired)
    except FileNotFoundError:
        return Desired()


def save(folder: Path, desired: Desired) -> None:
    """Replace the file; it is on disk when this returns. It holds secrets: nobody else may read it."""
    write_whole(folder / FILE, msgspec.json.format(msgspec.json.encode(desired)), durable=True)
