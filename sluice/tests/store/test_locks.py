"""The event store's file under several connections and processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sluice.events.model import RunStarted
from sluice.store.sqlite import SqliteStore

ANOTHER = """import pathlib, sys
from sluice.store.sqlite import SqliteStore
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
