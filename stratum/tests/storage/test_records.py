"""Lines of the journal: what is read is what was written, and any text can be kept."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from shares_at_hand import NOON, answer, share

from loka_stratum.shares import Verdict
from loka_stratum.storage.records import (
    MOST_ANSWER_BYTES,
    MOST_SHARE_BYTES,
    MOST_TEXT,
    AnswerLine,
    ShareLine,
    decode_line,
    encode_answer,
    encode_share,
    fit,
)

KEY = UUID(int=7)
ANY_TEXT = st.text(st.characters(codec=None), max_size=600)


def test_a_share_is_one_line_of_json() -> None:
    assert encode_share(replace(share(1, id=KEY), submitted_at=NOON)) == (
        b'["s","00000000-0000-0000-0000-000000000007","main","alice","rig1","1","0.002","2025-03-01T12:00:00Z"]\n'
    )


def test_an_answer_is_one_line_of_json() -> None:
    line = encode_answer(answer(share(0, id=KEY), Verdict.STALE, "late"))
    assert line == b'["a","00000000-0000-0000-0000-000000000007","stale","late","2025-03-01T12:00:00.001000Z"]\n'


def test_an_accepted_share_has_no_reason() -> None:
    line = decode_line(encode_answer(answer(share(), Verdict.ACCEPTED, "fine")).rstrip(b"\n"))
    assert isinstance(line, AnswerLine)
    assert line.reason is None


@given(
    st.decimals(allow_nan=False),
    st.datetimes(timezones=st.just(UTC)),
    st.tuples(ANY_TEXT, ANY_TEXT, ANY_TEXT, ANY_TEXT),
)
def test_what_is_read_is_what_was_written(difficulty: Decimal, at: datetime, texts: tuple[str, str, str, str]) -> None:
    pool, miner, worker, job = texts
    written = replace(share(), pool=pool, miner=miner, worker=worker, job=job, difficulty=difficulty, submitted_at=at)
    data = encode_share(written)
    assert data.count(b"\n") == 1
    line = decode_line(data[:-1])
    assert line == ShareLine(written.id, fit(pool), fit(miner), fit(worker), fit(job), difficulty, at)


@given(ANY_TEXT)
def test_no_line_is_longer_than_the_room_that_is_kept_for_it(text: str) -> None:
    assert len(encode_answer(answer(share(), Verdict.REJECTED, text))) <= MOST_ANSWER_BYTES
    assert len(encode_share(replace(share(), pool=text, miner=text, worker=text, job=text))) <= MOST_SHARE_BYTES


@pytest.mark.parametrize("char", ['"', "\\", "\U0001f4a9", "日", "\u2028"])
def test_the_worst_text_fits_in_the_room(char: str) -> None:
    assert len(encode_answer(answer(share(), Verdict.REJECTED, char * 1000))) <= MOST_ANSWER_BYTES


@given(ANY_TEXT)
def test_a_text_that_fits_can_be_kept_by_postgresql_and_fitting_it_again_changes_nothing(text: str) -> None:
    fitted = fit(text)
    assert len(fitted) <= MOST_TEXT
    assert "\x00" not in fitted
    fitted.encode()
    assert fit(fitted) == fitted


@pytest.mark.parametrize(
    ("text", "fitted"),
    [("rig 1", "rig 1"), ("a\x00b", "a?b"), ("a\nb", "a?b"), ("\ud800", "?"), ("", ""), ("x" * 255, "x" * 255)],
)
def test_what_cannot_be_kept_is_replaced(text: str, fitted: str) -> None:
    assert fit(text) == fitted


def test_a_long_text_is_cut_and_still_tells_itself_from_others() -> None:
    one, other = fit("x" * 300 + "a"), fit("x" * 300 + "b")
    assert one != other
    assert one.startswith("x" * 238 + "~")
    assert len(one) == MOST_TEXT


@pytest.mark.parametrize(
    "data", [b"", b"[", b"[]", b'["s"]', b'["z",1]', b"\xff", b"\0" * 100, b'["a","no-uuid","stale",null,""]']
)
def test_a_damaged_line_is_none(data: bytes) -> None:
    assert decode_line(data) is None


@given(st.binary(max_size=200))
def test_any_bytes_are_a_line_or_none(data: bytes) -> None:
    assert decode_line(data) is None


def test_a_line_that_was_cut_anywhere_is_none() -> None:
    whole = encode_answer(answer(share(), Verdict.STALE))[:-1]
    assert [decode_line(whole[:length]) for length in range(len(whole))] == [None] * len(whole)
    assert decode_line(whole) is not None
