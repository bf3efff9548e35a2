"""What one command's runs share, and what a run does again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field

from sluice.app.running.options import RunOptions
from sluice.app.settings import Settings
from sluice.plan.rules.results import End
from sluice.runners.host.runner import HostRunner
from sluice.runners.host.snapshot import Snapshot
from sluice.store.places import Places
from sluice.store.sqlite import SqliteStore


class Repeat(Struct, frozen=True, kw_only=True):
    """A run that is done again: ``kept`` ends stand, and ``artifacts`` is the folder of what was uploaded then."""

    run: str
    attempt: int
    number: int
    kept: Mapping[str, End] = field(default_factory=dict)
    artifacts: Path | None = None


class Setting(Struct, frozen=True, kw_only=True):
    """What all runs of one command share."""

    root: Path
    settings: Settings
    options: RunOptions
    places: Places
    store: SqliteStore
    snapshot: Snapshot
    runner: HostRunner
    repeat: Repeat | None = None
