from dataclasses import replace
from decimal import Decimal

import pytest

from loka_stratum.simulate.chance import seeded
from loka_stratum.simulate.jobs import ROLLING_MASK, TemplateMaker
from loka_stratum.simulate.judging import Accepted, OpenJob, RefusedError, Submission, Terms, judge, read_submission
from loka_stratum.simulate.searching import Conditions, Search
from loka_stratum.simulate.work import target_of

EASY = Decimal("0.000000001")
HIGHEST = Decimal("1e-12")
"""Every hash is a share."""
TERMS = Terms(first=b"\x00\x00\x00\x01", second_size=4, mask=ROLLING_MASK)
JOB = TemplateMaker(seeded(1)).template(0x65000000).job


def solved(difficulty: Decimal = EASY, mask: int = ROLLING_MASK, seed: int = 0) -> tuple[Submission, str]:
    """A share that a miner found, and its hash as the miner reckoned it."""
    search = Search(Conditions.of(JOB, (TERMS.first, TERMS.second_size), difficulty), 7, mask, seeded(seed))
    nonce = search.step(1_000_000)
    assert nonce is not None
    share = Submission("farm.rig", JOB.id, search.second, JOB.time, nonce, search.version_bits if mask else None)
    return share, search.solved("farm.rig", nonce).hash


def refused(submission: Submission, opened: OpenJob | None = None, difficulty: Decimal = EASY) -> tuple[int, str]:
    with pytest.raises(RefusedError) as raised:
        judge(opened or OpenJob(JOB), submission, TERMS, difficulty)
    return raised.value.code, raised.value.words


@pytest.mark.parametrize("mask", [0, ROLLING_MASK])
def test_what_a_miner_solved_counts_and_both_reckon_the_same_hash(mask: int) -> None:
    share, digest = solved(mask=mask)
    accepted = judge(OpenJob(JOB), share, TERMS, EASY)
    assert accepted.hash == digest
    assert int(digest, 16) <= target_of(EASY)
    assert accepted.version & ~ROLLING_MASK == JOB.version & ~ROLLING_MASK
    assert not accepted.block


def test_a_share_counts_once() -> None:
    opened = OpenJob(JOB)
    share, _ = solved()
    judge(opened, share, TERMS, EASY)
    assert refused(share, opened) == (22, "Duplicate share")


def test_the_same_nonce_at_another_time_is_another_share() -> None:
    opened = OpenJob(JOB)
    share, _ = solved()
    judge(opened, share, TERMS, HIGHEST)
    judge(opened, replace(share, time=share.time + 1), TERMS, HIGHEST)


def test_a_hash_above_the_target_is_of_low_difficulty() -> None:
    share, digest = solved()
    harder = Decimal(0xFFFF << 208) / Decimal(int(digest, 16)) * Decimal("1.0000001")
    assert refused(share, difficulty=harder) == (23, "Low difficulty share")
    assert judge(OpenJob(JOB), share, TERMS, harder / Decimal("1.000001")).hash == digest


def test_a_refused_share_is_no_duplicate_later() -> None:
    opened = OpenJob(JOB)
    share, _ = solved()
    refused(share, opened, Decimal(10**9))
    assert judge(opened, share, TERMS, EASY).version


def test_another_extranonce_of_the_pool_is_another_hash() -> None:
    share, _ = solved(Decimal("0.00001"))
    with pytest.raises(RefusedError) as raised:
        judge(OpenJob(JOB), share, replace(TERMS, first=b"\x00\x00\x00\x02"), Decimal("0.00001"))
    assert raised.value.code == 23


def test_a_share_that_solves_the_block_is_one() -> None:
    easy_block = replace(JOB, bits=0x207FFFFF)
    share, _ = solved(Decimal(1) / 2**31)
    opened = OpenJob(easy_block)
    found = [judge(opened, replace(share, nonce=nonce), TERMS, HIGHEST) for nonce in range(50)]
    assert {each.block for each in found} == {True, False}
    assert all(each.block == (int(each.hash, 16) <= 0x7FFFFF << 232) for each in found)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"second": b"\x00" * 3}, "extranonce2 has 4 bytes, not 3"),
        ({"time": JOB.time - 1}, "ntime out of range"),
        ({"time": JOB.time + 7201}, "ntime out of range"),
        ({"version_bits": 0x00000001}, "version bits outside the mask 1fffe000"),
    ],
)
def test_what_a_job_does_not_allow_is_refused(change: dict[str, object], words: str) -> None:
    share, _ = solved()
    assert refused(replace(share, **change)) == (20, words)  # type: ignore[arg-type]  # each is its field's kind


def test_a_submission_is_read_with_and_without_version_bits() -> None:
    params = ["farm.rig", "1", "0000000a", "65000001", "deadbeef"]
    share = Submission("farm.rig", "1", b"\x00\x00\x00\x0a", 0x65000001, 0xDEADBEEF, None)
    assert read_submission(params) == share
    assert read_submission([*params, "00ffe000"]) == replace(share, version_bits=0x00FFE000)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        (None, "mining.submit takes worker, job, extranonce2, ntime, nonce and version bits"),
        ([], "mining.submit takes worker, job, extranonce2, ntime, nonce and version bits"),
        (
            ["a", "1", "00", "65000001", 7],
            "mining.submit takes worker, job, extranonce2, ntime, nonce and version bits",
        ),
        (["a", "1", "zz", "65000001", "00000000"], "extranonce2 is not hexadecimal"),
        (["a", "1", "000", "65000001", "00000000"], "extranonce2 is not hexadecimal"),
        (["a", "1", "00 00", "65000001", "00000000"], "extranonce2 is not hexadecimal"),
        (["a", "1", "00", "650001", "00000000"], "ntime is not eight hexadecimal digits"),
        (["a", "1", "00", "65000001", "0x000000"], "nonce is not hexadecimal"),
        (["a", "1", "00", "65000001", "00000000", None], "version bits is not eight hexadecimal digits"),
        (["a", "1", "00", "65000001", "00000000", "wxyzwxyz"], "version bits is not hexadecimal"),
    ],
)
def test_what_is_no_submission_is_refused_with_its_reason(params: object, words: str) -> None:
    with pytest.raises(RefusedError) as raised:
        read_submission(params)
    assert (raised.value.code, raised.value.words) == (20, words)


def test_an_accepted_share_says_what_was_hashed() -> None:
    share, digest = solved(mask=0)
    assert judge(OpenJob(JOB), share, TERMS, EASY) == Accepted(digest, JOB.version, block=False)
