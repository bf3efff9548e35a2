"""Runs that go: their rows in one transaction, then their folders. In: ids. Out: nothing of them.

A kill between the two leaves a folder without rows, which ``orphans`` finds. On a full disk
the folder goes first: without it a row can't. A run that is not over is never removed,
whoever asks: the condition is in the statement itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from sluice.machine.trees import remove
from sluice.store.connection import transaction
from sluice.store.errors import explain_system_error
from sluice.store.files.artifacts import UPLOADING
from sluice.store.runs.sqlite import SqliteStore

_TABLES = ("events", "durations", "cache_lookups", "runs")
_OVER = "run IN (SELECT run FROM runs WHERE run = ? AND status = 'completed')"


def remove_runs(store: SqliteStore, runs: Iterable[str]) -> list[str]:
    """Remove what is over of these; which were. Raises ``StoreError``."""
    gone = []
    with store.using() as connection:
        for run in runs:
            try:
                removed = _remove_rows(connection, run)
            except sqlite3.OperationalError:  # a full disk: the folder, which goes anyway, makes room for the change
                if not _make_room(store, connection, run):
                    raise
                removed = _remove_rows(connection, run)
            if removed:
                gone.append(run)
    for run in gone:
        remove_path(store.root / "runs" / run)
    return gone


def _remove_rows(connection: sqlite3.Connection, run: str) -> bool:
    """Whether it was over, and so is gone. One transaction each: other processes take their turns in between."""
    with transaction(connection):
        counts = [
            connection.execute(f"DELETE FROM {table} WHERE {_OVER}", (run,)).rowcount  # noqa: S608 - constants
            for table in _TABLES
        ]
    return counts[-1] > 0


def _make_room(store: SqliteStore, connection: sqlite3.Connection, run: str) -> bool:
    folder = store.root / "runs" / run
    over = connection.execute(f"SELECT 1 FROM runs WHERE {_OVER}", (run,)).fetchone()  # noqa: S608 - constants
    if over is None or not folder.exists():
        return False
    remove_path(folder)
    return True


def orphans(store: SqliteStore) -> Iterator[Path]:
    """Folders of runs that are in no table. A run gets its row before its folder, so nobody is about to use one."""
    for folder in sorted((store.root / "runs").glob("*/")):
        with store.using() as connection:
            known = connection.execute("SELECT 1 FROM runs WHERE run = ?", (folder.name,)).fetchone()
        if known is None:
            yield folder


def partial_uploads(store: SqliteStore, runs: Iterable[str]) -> Iterator[Path]:
    """What killed uploads have left in runs that are over: nobody goes on with one."""
    for run in runs:
        yield from sorted((store.root / "runs" / run / "artifacts").glob(f"{UPLOADING}*"))


def give_back_room(store: SqliteStore) -> None:
    """Make the file as small as what is in it. Raises ``StoreError``, also when somebody else is at work for long."""
    with store.using() as connection:
        connection.execute("VACUUM")


def remove_path(path: Path) -> None:
    """A file or a whole folder; one that is gone is no error. Raises ``StoreError``."""
    try:
        remove(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise explain_system_error(error, path, "what is to be removed") from error
