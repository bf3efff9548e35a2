"""What is to be told is kept until it was told, whoever is killed in between."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from sluice.source.errors import StoreError
from sluice.store import untold
from sluice.store.untold import Subject, Untold, left_behind, promise

SUBJECT = Subject(root="/here", run="r1")


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever promises is gone at once."""
    monkeypatch.setattr(untold, "identify", lambda: (1, -1.0))


def left(folder: Path, root: str = "") -> list[Untold]:
    return list(left_behind(folder, root))


def test_a_process_that_lives_tells_itself(tmp_path: Path) -> None:
    promise(tmp_path, SUBJECT)
    assert not left(tmp_path)


@pytest.mark.usefixtures("killed")
def test_what_a_killed_one_left_names_whom_it_had_told(tmp_path: Path) -> None:
    kept = promise(tmp_path, SUBJECT)
    kept.note("team")
    (found,) = left(tmp_path, "/here")
    assert (found.subject, found.told) == (SUBJECT, {"team"})
    assert not left(tmp_path, "/elsewhere")
    found.settle()
    assert not left(tmp_path)


@pytest.mark.usefixtures("killed")
def test_only_one_command_has_it(tmp_path: Path) -> None:
    promise(tmp_path, SUBJECT)
    for _ in left_behind(tmp_path):
        assert not left(tmp_path), "another one is at it"
    assert left(tmp_path), "it was not settled"


@pytest.mark.usefixtures("killed")
def test_a_line_that_was_cut_off_counts_for_nothing(tmp_path: Path) -> None:
    promise(tmp_path, SUBJECT)
    (path,) = tmp_path.iterdir()
    with path.open("ab") as file:
        file.write(b'"tea')
    assert left(tmp_path)[0].told == set()
    path.write_bytes(path.read_bytes()[:10])
    assert not left(tmp_path)
    assert not path.exists()


def test_a_folder_that_takes_nothing_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="what is to be told can't be kept"):
        promise(tmp_path / "file", SUBJECT)


@pytest.mark.usefixtures("killed")
def test_one_that_was_settled_meanwhile_is_not_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = promise(tmp_path, SUBJECT)
    real = fcntl.flock

    def settles_first(descriptor: int, how: int) -> None:
        kept.settle()
        real(descriptor, how)

    monkeypatch.setattr("fcntl.flock", settles_first)
    assert not left(tmp_path)
