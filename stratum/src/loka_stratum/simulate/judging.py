"""Submissions to verdicts: the pool's side of a share. Pure but for what was seen before.

Codes are Stratum's: 20 other, 21 job not found (stale), 22 duplicate, 23 low difficulty, 24 unauthorized, 25 not
subscribed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from loka_stratum.simulate.jobs import Job
from loka_stratum.simulate.work import double_sha256, number_of, rolled, target_of, target_of_bits

OTHER, STALE, DUPLICATE, LOW_DIFFICULTY, UNAUTHORIZED, NOT_SUBSCRIBED = range(20, 26)
WORDS: Mapping[int, str] = {
    STALE: "Job not found",
    DUPLICATE: "Duplicate share",
    LOW_DIFFICULTY: "Low difficulty share",
    UNAUTHORIZED: "Unauthorized worker",
    NOT_SUBSCRIBED: "Not subscribed",
}
_HEXADECIMAL = frozenset("0123456789abcdefABCDEF")
TIME_AHEAD = 7200
"""Seconds that a share's time may be after its job's, as Bitcoin allows."""


class RefusedError(Exception):
    """The share is refused, with a code of Stratum's and words."""

    def __init__(self, code: int, words: str | None = None) -> None:
        self.code = code
        self.words = words or WORDS[code]
        super().__init__(self.words)


@dataclass(frozen=True, slots=True)
class Submission:
    """The parameters of ``mining.submit``, read."""

    name: str
    job: str
    second: bytes
    time: int
    nonce: int
    version_bits: int | None


@dataclass(frozen=True, slots=True)
class Accepted:
    """A share that counts. The hash is as people read it."""

    hash: str
    version: int
    block: bool
    """Whether it solves the block itself."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for one connection: its extranonce and the mask it may roll the version in."""

    first: bytes
    second_size: int
    mask: int


@dataclass(slots=True)
class OpenJob:
    """A job that shares are taken for, and which were."""

    job: Job
    seen: set[tuple[bytes, int, int, int]] = field(default_factory=set)


def read_submission(params: object) -> Submission:
    """The submission in the parameters. Raises ``RefusedError`` with code 20 where they are not what they should be."""
    match params:
        case [str(name), str(job), str(second), str(time), str(nonce), *rest] if len(rest) <= 1:
            return Submission(
                name=name,
                job=job,
                second=_bytes(second, "extranonce2"),
                time=_number(time, "ntime"),
                nonce=_number(nonce, "nonce"),
                version_bits=_number(rest[0], "version bits") if rest else None,
            )
        case _:
            raise RefusedError(OTHER, "mining.submit takes worker, job, extranonce2, ntime, nonce and version bits")


def judge(opened: OpenJob, submission: Submission, terms: Terms, difficulty: Decimal) -> Accepted:
    """Accept the share and remember it, or raise ``RefusedError``."""
    job = opened.job
    if len(submission.second) != terms.second_size:
        raise RefusedError(OTHER, f"extranonce2 has {terms.second_size} bytes, not {len(submission.second)}")
    if not job.time <= submission.time <= job.time + TIME_AHEAD:
        raise RefusedError(OTHER, "ntime out of range")
    version = _version(job, submission, terms.mask)
    extranonce = terms.first + submission.second
    share = (extranonce, submission.time, submission.nonce, version)
    if share in opened.seen:
        raise RefusedError(DUPLICATE)
    digest = double_sha256(job.header(extranonce, version=version, time=submission.time, nonce=submission.nonce))
    if number_of(digest) > target_of(difficulty):
        raise RefusedError(LOW_DIFFICULTY)
    opened.seen.add(share)
    return Accepted(hash=digest[::-1].hex(), version=version, block=number_of(digest) <= target_of_bits(job.bits))


def _version(job: Job, submission: Submission, mask: int) -> int:
    bits = submission.version_bits
    if bits is None:
        return job.version
    if bits & ~mask:
        raise RefusedError(OTHER, f"version bits outside the mask {mask:08x}")
    return rolled(job.version, bits, mask)


def _bytes(text: str, name: str) -> bytes:
    if len(text) % 2 or not _HEXADECIMAL.issuperset(text):
        raise RefusedError(OTHER, f"{name} is not hexadecimal")
    return bytes.fromhex(text)


def _number(text: object, name: str) -> int:
    if not isinstance(text, str) or len(text) != 8:
        raise RefusedError(OTHER, f"{name} is not eight hexadecimal digits")
    return int.from_bytes(_bytes(text, name), "big")


def error_of(refused: RefusedError) -> Sequence[object]:
    """The refusal as Stratum writes it."""
    return [refused.code, refused.words, None]
