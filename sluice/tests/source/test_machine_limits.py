from __future__ import annotations

import errno
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from sluice.source.errors import SluiceError
from sluice.source.machine_limits import foremost, machine_limit


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/somewhere/x"), "the disk is full: /somewhere/x"),
        (OSError(errno.EMFILE, os.strerror(errno.EMFILE)), "too many files are open"),
        (BlockingIOError(errno.EAGAIN, "again"), "no more processes or threads can be started"),
        (RuntimeError("can't start new thread"), "no more processes or threads can be started"),
        (MemoryError(), "the memory is used up"),
        (OSError(errno.ENOTDIR, "x", "/a/b"), "a file is where a folder should be: /a/b"),
        (OSError(errno.EACCES, "x", "/a"), "access was refused: /a"),
        (ImportError("x.so: cannot open shared object file: Too many open files"), "too many files are open"),
    ],
)
def test_what_the_machine_ran_out_of_is_said_in_words(error: Exception, message: str) -> None:
    limit = machine_limit(error)
    assert limit is not None
    assert (limit.message, limit.exit_code) == (message, 2)
    assert limit.hint


@pytest.mark.parametrize("error", [FileNotFoundError(errno.ENOENT, "x"), ValueError("x"), RuntimeError("x")])
def test_another_error_is_no_limit(error: Exception) -> None:
    assert machine_limit(error) is None


def test_a_disk_without_inodes_is_not_called_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    error = OSError(errno.ENOSPC, "x", str(tmp_path / "not/there"))

    def told(files: int, free: int) -> str:
        found = SimpleNamespace(f_files=files, f_favail=free)
        monkeypatch.setattr(os, "statvfs", lambda place: found if place == tmp_path else None)
        limit = machine_limit(error)
        assert limit is not None
        return limit.message.partition(":")[0]

    assert told(100, 0) == "the disk takes no more files (it has no inodes left)"
    assert (told(100, 1), told(0, 0)) == ("the disk is full", "the disk is full")


def test_of_several_errors_the_one_to_speak_of_is_found() -> None:
    full, told, bug = OSError(errno.ENOSPC, "x"), SluiceError("told"), ValueError("bug")
    assert foremost(bug) is bug
    assert foremost(ExceptionGroup("", [bug, ExceptionGroup("", [bug, full])])) is full
    assert foremost(ExceptionGroup("", [full, ExceptionGroup("", [told])])) is told
