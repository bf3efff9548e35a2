"""A run's HTML report: made from its events, logs and summaries, in the run's own folder."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from sluice.app.history import load_state
from sluice.app.presentation import log_reader
from sluice.store.sqlite import SqliteStore

NAME = "report.html"


def write_run_report(store: SqliteStore, run: str) -> Path:
    """Write the report; returns its path. Raises ``StoreError``."""
    from sluice.views.report.page import Inputs
    from sluice.views.report.writing import write_report

    folder = store.folder(run)

    def read_summary(path: str) -> str:
        try:
            return (folder / path).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""

    inputs = Inputs(read_log=log_reader(folder), read_summary=read_summary, environment=_machine())
    write_report(folder / NAME, load_state(store, run), inputs)
    return folder / NAME


def _machine() -> dict[str, str]:
    return {
        "System": f"{platform.system()} {platform.release()} ({platform.machine()})",
        "Processors": str(os.cpu_count()),
        "Python": platform.python_version(),
    }
