"""A run's HTML report: made from its events, logs and summaries, in the run's own folder."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sluice.app.runs.history import load_state
from sluice.app.runs.presentation import log_reader
from sluice.events.state import RunState
from sluice.source.errors import StoreError
from sluice.store.places import find_places
from sluice.store.runs.sqlite import SqliteStore

if TYPE_CHECKING:
    from sluice.views.report.cards import Inputs

NAME = "report.html"
MEASURES = "measures.html"
_LAST = 100
"""Values of each measure on its page."""


def write_run_report(store: SqliteStore, run: str) -> Path:
    """Write the report; returns its path. Raises ``StoreError``."""
    from sluice.views.report.writing import write_report

    folder, state = store.folder(run), load_state(store, run)
    write_report(folder / NAME, state, _inputs(folder, _write_measures(folder / MEASURES, state)))
    return folder / NAME


def report_pieces(store: SqliteStore, state: RunState) -> Iterator[str]:
    """The report of a run as it stands, kept nowhere."""
    from sluice.views.report.writing import render_report

    return render_report(state, _inputs(store.folder(state.run)))


def _inputs(folder: Path, measures: str = "") -> Inputs:
    from sluice.views.report.cards import Inputs

    def read_summary(path: str) -> str:
        try:
            return (folder / path).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""

    return Inputs(log_reader(folder), read_summary, _machine(), measures=measures)


def _write_measures(path: Path, state: RunState) -> str:
    """The page of the repository's measures, beside the report; its name, nothing where none was ever recorded.

    A history that can't be read costs this page, not the report.
    """
    facts = state.facts
    if facts is None or not find_places().measures.is_file():
        return ""
    from sluice.app.judging.measuring import find_history
    from sluice.app.judging.trends import find_trends
    from sluice.views.trends.page import About, render_trends

    with suppress(StoreError, OSError):
        trends, left_out = find_trends(Path(facts.root), find_history(), _LAST)
        if trends:
            about = About(title=Path(facts.root).name, commit=facts.sha, left_out=left_out, back=NAME)
            path.write_text(render_trends(trends, about), encoding="utf-8")
            return path.name
    return ""


def _machine() -> dict[str, str]:
    return {
        "System": f"{platform.system()} {platform.release()} ({platform.machine()})",
        "Processors": str(os.cpu_count()),
        "Python": platform.python_version(),
    }
