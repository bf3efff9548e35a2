"""Files that a person asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sluice.app.writing import append_line, write_file
from sluice.source.errors import UsageError


def test_a_file_is_written_with_its_folders(tmp_path: Path) -> None:
    for content in ("grün", b"bytes"):
        write_file(tmp_path / "a/b/file", content)
        assert (tmp_path / "a/b/file").read_bytes() == (content if isinstance(content, bytes) else content.encode())


def test_a_line_is_added(tmp_path: Path) -> None:
    for line in (b"one\n", b"two\n"):
        append_line(tmp_path / "a/lines", line)
    assert (tmp_path / "a/lines").read_bytes() == b"one\ntwo\n"


@pytest.mark.parametrize(("path", "why"), [("file/below", "Not a directory"), ("folder", "Is a directory")])
@pytest.mark.parametrize("write", [write_file, append_line])
def test_what_cannot_be_written_is_told_with_its_path_and_why(
    tmp_path: Path, write: Callable[[Path, bytes], None], path: str, why: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError, match=f"{path} can't be written: {why}"):
        write(tmp_path / path, b"x")
