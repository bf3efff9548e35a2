"""Shares and answers become pairs, whatever lies between them; a segment settles when none of its shares waits."""

from shares_at_hand import NOON, share

from loka_stratum.shares import Verdict
from loka_stratum.storage.pairing import Pairing
from loka_stratum.storage.records import AnswerLine, ShareLine, decode_line, encode_share


def line(number: int) -> ShareLine:
    found = decode_line(encode_share(share(number)).rstrip(b"\n"))
    assert isinstance(found, ShareLine)
    return found


def said(of: ShareLine, verdict: Verdict = Verdict.ACCEPTED) -> AnswerLine:
    return AnswerLine(of.id, verdict, None, NOON)


def test_a_share_waits_for_its_answer() -> None:
    pairing, one, other = Pairing(), line(1), line(2)
    assert pairing.take(1, one) is None
    assert pairing.take(1, other) is None
    settled = pairing.take(2, said(one, Verdict.STALE))
    assert settled is not None
    assert (settled.share, settled.verdict) == (one, Verdict.STALE)
    assert (pairing.waiting_in(1), len(pairing)) == ([other], 1)


def test_an_answer_without_its_share_and_a_second_answer_are_passed_over() -> None:
    pairing, one = Pairing(), line(1)
    assert pairing.take(1, said(one)) is None
    pairing.take(1, one)
    assert pairing.take(1, said(one)) is not None
    assert pairing.take(1, said(one)) is None


def test_a_share_that_never_got_an_answer_says_so_itself() -> None:
    pairing, one = Pairing(), line(1)
    pairing.take(1, one)
    settled = pairing.take(1, said(one, Verdict.UNANSWERED))
    assert settled is not None
    assert (settled.answer, settled.verdict) == (None, Verdict.UNANSWERED)


def test_a_share_that_was_written_again_waits_in_its_new_segment_alone() -> None:
    pairing, one = Pairing(), line(1)
    pairing.take(1, one)
    pairing.move(one, 3)
    assert (pairing.waiting_in(1), pairing.waiting_in(3)) == ([], [one])
    assert pairing.take(3, one) is None
    assert (pairing.waiting_in(3), len(pairing)) == ([one], 1)


def test_those_who_still_wait_are_given_up_at_the_end() -> None:
    pairing, one, other = Pairing(), line(1), line(2)
    pairing.take(1, one)
    pairing.take(2, other)
    assert [(settled.share, settled.verdict) for settled in pairing.give_up()] == [
        (one, Verdict.UNANSWERED),
        (other, Verdict.UNANSWERED),
    ]
    assert pairing.give_up() == []
    assert pairing.waiting_in(1) == []
