"""The journal: one write a line, segments, positions; and the tail that reads them."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loka_stratum.storage.journal import Journal, Position, Tail, segment_path, segments


def lines_until(tail: Tail, end: Position) -> list[bytes]:
    found: list[bytes] = []
    while tail.position < end:
        found += tail.read(end)
    return found


def test_a_line_is_in_the_file_when_append_returns(tmp_path: Path) -> None:
    journal = Journal(tmp_path, segment_bytes=100)
    journal.append(b"one\n")
    assert (tmp_path / "00000001.journal").read_bytes() == b"one\n"
    assert (journal.end, journal.size) == (Position(1, 4), 4)
    journal.close()


def test_a_line_is_one_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(tmp_path, segment_bytes=100)
    written: list[bytes] = []

    def write(_: int, data: bytes) -> int:
        written.append(data)
        return len(data)

    monkeypatch.setattr(os, "write", write)
    journal.append(b"one\n")
    journal.append(b"two\n")
    monkeypatch.undo()
    assert written == [b"one\n", b"two\n"]
    journal.close()


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    Journal(tmp_path, segment_bytes=100).close()
    assert (tmp_path / "00000001.journal").stat().st_mode & 0o777 == 0o600


def test_a_segment_that_is_full_is_followed_by_another(tmp_path: Path) -> None:
    journal = Journal(tmp_path, segment_bytes=8)
    for number in range(5):
        journal.append(b"%03d\n" % number)
    journal.close()
    assert [segment_path(tmp_path, n).read_bytes() for n in sorted(segments(tmp_path))] == [
        b"000\n001\n",
        b"002\n003\n",
        b"004\n",
    ]
    journal.remove(1)
    assert (sorted(segments(tmp_path)), journal.size) == ([2, 3], 12)


def test_a_line_longer_than_a_segment_has_one_of_its_own(tmp_path: Path) -> None:
    journal = Journal(tmp_path, segment_bytes=8)
    for line in (b"a\n", b"b" * 20 + b"\n", b"c\n"):
        journal.append(line)
    journal.close()
    assert lines_until(Tail(tmp_path, chunk_bytes=100), journal.end) == [b"a", b"b" * 20, b"c"]


def test_a_disk_that_takes_half_a_line_keeps_nothing_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(tmp_path, segment_bytes=100)
    journal.append(b"one\n")
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:2]))
    with pytest.raises(OSError, match="No space left on device"):
        journal.append(b"two\n")
    monkeypatch.undo()
    journal.append(b"three\n")
    journal.close()
    assert lines_until(Tail(tmp_path, chunk_bytes=100), journal.end) == [b"one", b"three"]
    assert journal.size == 10


def test_a_tail_waits_at_the_end_and_goes_on(tmp_path: Path) -> None:
    journal = Journal(tmp_path, segment_bytes=100)
    tail = Tail(tmp_path, chunk_bytes=100)
    assert tail.read(journal.end) == []
    journal.append(b"one\n")
    assert tail.read(journal.end) == [b"one"]
    journal.rotate()
    journal.rotate()
    journal.append(b"two\n")
    assert tail.read(journal.end) == [b"two"]
    assert (tail.position, tail.torn) == (Position(2, 4), 0)
    journal.close()


@given(
    lines=st.lists(st.binary(max_size=40).map(lambda line: line.replace(b"\n", b"")), max_size=60),
    segment_bytes=st.integers(1, 200),
    chunk_bytes=st.integers(50, 300),
)
def test_every_line_is_read_once_in_order_whatever_the_sizes(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], segment_bytes: int, chunk_bytes: int
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    journal = Journal(folder, segment_bytes=segment_bytes)
    tail = Tail(folder, chunk_bytes=chunk_bytes)
    found: list[bytes] = []
    for number, line in enumerate(lines):
        journal.append(line + b"\n")
        if number % 7 == 0:
            found += lines_until(tail, journal.end)
    found += lines_until(tail, journal.end)
    journal.close()
    assert found == lines


def test_a_torn_end_is_passed_over_and_counted(tmp_path: Path) -> None:
    segment_path(tmp_path, 1).write_bytes(b"one\ntw")
    segment_path(tmp_path, 4).write_bytes(b"three\nfo")
    tail = Tail(tmp_path, chunk_bytes=100)
    assert lines_until(tail, Position(4, 8)) == [b"one", b"three"]
    assert tail.torn == 2
