import pytest
from hypothesis import given
from hypothesis import strategies as st

from loka_stratum.protocol.framing import LineSplitter, LineTooLongError


def test_lines_are_cut_at_their_ends_however_the_bytes_come() -> None:
    splitter = LineSplitter(100)
    assert splitter.feed(b"on") == []
    assert splitter.feed(b"e\ntwo\nth") == [b"one", b"two"]
    assert splitter.feed(b"ree\n") == [b"three"]
    assert splitter.unfinished == 0


@given(st.lists(st.binary(max_size=30).filter(lambda line: b"\n" not in line)), st.data())
def test_any_cut_gives_the_same_lines(lines: list[bytes], data: st.DataObject) -> None:
    text = b"".join(line + b"\n" for line in lines)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)))))
    splitter = LineSplitter(30)
    found = []
    for begin, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        found += splitter.feed(text[begin:end])
    assert found == lines


@given(st.lists(st.binary(max_size=50)))
def test_memory_is_bounded_by_the_limit(chunks: list[bytes]) -> None:
    splitter = LineSplitter(20)
    for chunk in chunks:
        try:
            lines = splitter.feed(chunk)
        except LineTooLongError as error:
            lines = error.lines
        assert all(len(line) <= 20 for line in lines)
        assert splitter.unfinished <= 20


def test_a_line_at_the_limit_passes_and_one_byte_more_does_not() -> None:
    assert LineSplitter(5).feed(b"12345\n") == [b"12345"]
    with pytest.raises(LineTooLongError, match="longer than 5 bytes"):
        LineSplitter(5).feed(b"123456\n")
    with pytest.raises(LineTooLongError):
        LineSplitter(5).feed(b"123456")


def test_what_came_before_a_line_that_is_too_long_is_not_lost_and_nothing_comes_after() -> None:
    splitter = LineSplitter(5)
    with pytest.raises(LineTooLongError) as raised:
        splitter.feed(b"one\n1234567\ntwo\n")
    assert raised.value.lines == [b"one"]
    with pytest.raises(LineTooLongError):
        splitter.feed(b"two\n")
