"""What ``sluice metrics --all`` tells several repositories apart by."""

from __future__ import annotations

from pathlib import Path

import pytest
from run_stream import Stream

from sluice.app.runs.watching import Watch
from sluice.events.model import RunCompleted
from sluice.store.runs.sqlite import SqliteStore


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SqliteStore:
    monkeypatch.setenv("SLUICE_HOME", str(tmp_path / "home"))
    return SqliteStore(tmp_path / "home/state")


def keep_run(store: SqliteStore, root: str, repository: str) -> None:
    run, number = store.new_run(".github/workflows/ci.yml", root)
    stream = Stream().queue((), root=root, repository=repository, number=number)
    writer = store.writer(run)
    for record in stream.add(RunCompleted(conclusion="success")).records:
        writer.append(record.event)
    writer.close()


def test_repositories_without_a_remote_have_their_folders_for_labels(store: SqliteStore) -> None:
    for root, name in (("/a/app", "local/app"), ("/b/app", "local/app"), ("/c/app", "octo/app")):
        keep_run(store, root, name)
    known = Watch(store, None).known()
    labels = {"/a/app", "/b/app", "octo/app"}
    assert {run.repository for run in known.runs} == {*known.changes} == {*known.environments} == labels


def test_a_repository_without_a_run_is_called_as_it_will_be(store: SqliteStore, tmp_path: Path) -> None:
    root = tmp_path / "app"
    root.mkdir()
    assert [*Watch(store, str(root)).known().environments] == [str(root)]
