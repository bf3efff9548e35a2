"""The event store's file under several connections and processes."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from sluice.events.model import RunCompleted, RunStarted
from sluice.store.runs.sqlite import SqliteStore

ANOTHER = """import pathlib, sys
from sluice.store.runs.sqlite import SqliteStore
SqliteStore(pathlib.Path(sys.argv[1])).close()
"""


def test_another_process_never_takes_the_log_of_a_run_that_goes_on(tmp_path: Path) -> None:
    """Who closes last removes SQLite's log: a process whose locks were lost would write into a file without a name."""
    with SqliteStore(tmp_path) as store:
        run, _ = store.new_run("w.yml", "/r")
        writer = store.writer(run)  # a second connection of this process
        writer.append(RunStarted())
        log = Path(f"{store.path}-wal")
        before = log.stat().st_ino
        subprocess.run([sys.executable, "-c", ANOTHER, tmp_path], check=True)
        assert log.stat().st_ino == before


def test_a_run_that_is_over_is_in_the_file_before_the_store_is_closed(tmp_path: Path) -> None:
    """Else who closes it would wait for the disk, at the end of every run."""
    with SqliteStore(tmp_path) as store:
        run, _ = store.new_run("w.yml", "/r")
        writer = store.writer(run)
        writer.append(RunStarted())
        writer.append(RunCompleted(conclusion="success"))
        end = time.monotonic() + 10
        while _events_in_file_alone(store.path, tmp_path / "copy.db", run) < 2:
            assert time.monotonic() < end
            time.sleep(0.02)


def _events_in_file_alone(path: Path, copy: Path, run: str) -> int:
    """How many events the file has without SQLite's log beside it."""
    subprocess.run(["cp", path, copy], check=True)  # this process would lose its locks if it opened the file itself
    with closing(sqlite3.connect(f"file:{copy}?immutable=1", uri=True)) as connection:
        try:
            return int(connection.execute("SELECT count(*) FROM events WHERE run = ?", (run,)).fetchone()[0])
        except sqlite3.DatabaseError:  # the tables are still in the log, or it is being moved
            return 0
