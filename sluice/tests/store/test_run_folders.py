"""The folder of a run, and the place of the store, that somebody removes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sluice.source.errors import StoreError
from sluice.store.connection import which_file
from sluice.store.runs.sqlite import SqliteStore


def test_a_folder_that_was_removed_is_missed_by_the_writer_only(tmp_path: Path) -> None:
    with SqliteStore(tmp_path) as store:
        run, _ = store.new_run("a.yml", "/here")
        shutil.rmtree(store.folder(run))
        assert store.folder(run).is_dir()
        store.writer(run)
        shutil.rmtree(store.folder(run))
        with pytest.raises(StoreError, match="was removed while it was written"):
            store.folder(run)
        store.writer(run).close()
        assert store.folder(run).is_dir()


def test_a_place_that_can_not_be_looked_at_was_not_removed(tmp_path: Path) -> None:
    assert which_file(tmp_path / "missing") is None
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    with pytest.raises(OSError, match="symbolic links"):
        which_file(loop)
    with SqliteStore(tmp_path / "home") as store:
        run, _ = store.new_run("a.yml", "/here")
        folder = store.folder(run)
        shutil.rmtree(folder)
        folder.symlink_to(folder)
        with pytest.raises(StoreError) as raised:
            store._check_place(run)
        assert "removed" not in raised.value.message
