"""A generation belongs to the process that locked it, and to whoever comes first when that is dead."""

import subprocess
import sys
from pathlib import Path

import pytest

from loka_stratum.storage.errors import StorageError
from loka_stratum.storage.generations import begin, claim_dead
from loka_stratum.storage.journal import Journal, Position


def test_a_generation_is_dead_when_its_lock_is_gone(tmp_path: Path) -> None:
    first, second = begin(tmp_path), begin(tmp_path)
    assert list(claim_dead(tmp_path)) == []
    first.release()
    (found,) = claim_dead(tmp_path)
    assert found.folder == first.folder
    assert list(claim_dead(tmp_path)) == []
    found.remove()
    second.release()
    assert [generation.folder for generation in claim_dead(tmp_path)] == [second.folder]


def test_the_kernel_takes_the_lock_of_a_process_that_was_killed(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys, pathlib\nfrom loka_stratum.storage.generations import begin\n"
        "begin(pathlib.Path(sys.argv[1]))\nos.kill(os.getpid(), signal.SIGKILL)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    ended = subprocess.run(command, check=False, timeout=30, env={"PYTHONPATH": ":".join(sys.path)})
    assert ended.returncode == -9
    assert len(list(claim_dead(tmp_path))) == 1


def test_a_generation_knows_its_end_and_its_size(tmp_path: Path) -> None:
    generation = begin(tmp_path)
    assert (generation.end(), generation.size()) == (Position(1, 0), 0)
    journal = Journal(generation.folder, segment_bytes=4)
    journal.append(b"one\n")
    journal.append(b"three\n")
    assert (generation.end(), generation.size()) == (Position(2, 6), 10)
    journal.close()
    generation.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_being_made_is_nobody_s(tmp_path: Path) -> None:
    (tmp_path / ".new-0011").mkdir()
    assert list(claim_dead(tmp_path)) == []


@pytest.mark.parametrize("name", ["missing", "missing/below"])
def test_the_spool_s_folder_is_made(tmp_path: Path, name: str) -> None:
    generation = begin(tmp_path / name)
    assert generation.folder.parent == tmp_path / name
    generation.release()


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match="create it, and let this user write to it"):
        begin(tmp_path / "file/below")
