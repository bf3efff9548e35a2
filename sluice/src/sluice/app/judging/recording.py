"""What a run's jobs measured, kept in this machine's history. In: a finished run. Out: how many measures were kept.

Jobs hand measures over as artifacts, as they would on GitHub: ``actions/gate`` uploads what it judged. A run of a
working tree with changes measured no commit, so nothing of it is kept.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from sluice.app.judging.gating import read_reports
from sluice.app.judging.measuring import find_history
from sluice.app.runs.history import load_state
from sluice.repository.git import git
from sluice.store.files.artifacts import MEASURES, FolderArtifacts
from sluice.store.runs.sqlite import SqliteStore


def record_run(store: SqliteStore, run: str) -> int:
    """Add the run's measures to the history, under its commit. Raises ``StoreError`` and ``UnavailableError``."""
    facts = load_state(store, run).facts
    artifacts = FolderArtifacts(store.folder(run) / "artifacts")
    names = [name for name in artifacts.names() if name.startswith(MEASURES)]
    if not names or facts is None or facts.dirty:
        return 0
    root = Path(facts.root)
    if git(root, "cat-file", "-e", f"{facts.sha}^{{commit}}") is None:
        return 0
    with tempfile.TemporaryDirectory(prefix="sluice-measures-") as place:
        found = read_reports(Path(place), list(_unpacked(artifacts, names, Path(place))))
    return find_history().append(str(root), facts.sha, found.measures, time.time()) if found.measures else 0


def _unpacked(artifacts: FolderArtifacts, names: list[str], place: Path) -> Iterator[Path]:
    for number, name in enumerate(names):
        target = place / str(number)
        target.mkdir()
        artifacts.download(name, target)
        yield target
