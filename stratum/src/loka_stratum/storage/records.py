"""The journal's lines: a share and an answer as one line of JSON each, with texts that every PostgreSQL can keep.

A text loses what PostgreSQL can't hold (NUL, lone surrogates; other control characters go too), and one that is too
long is cut and ends in a digest of the whole, so that two long names stay two. Both happen before the line is
written: what is read back is what was written.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from loka_stratum.shares import Answer, Share, Verdict

MOST_TEXT = 255
"""Characters; the columns' length."""
MOST_ANSWER_BYTES = 4 * MOST_TEXT + 256
"""No answer's line is longer: every character of the reason may take 4 bytes."""
MOST_SHARE_BYTES = 4 * 4 * MOST_TEXT + 512
"""No share's line is longer, unless its difficulty has hundreds of digits."""

_DIGEST = 16


class ShareLine(msgspec.Struct, frozen=True, array_like=True, tag="s", gc=False):
    """A share that was submitted."""

    id: UUID
    pool: str
    miner: str
    worker: str
    job: str
    difficulty: Decimal
    submitted_at: datetime


class AnswerLine(msgspec.Struct, frozen=True, array_like=True, tag="a", gc=False):
    """What the pool said of it."""

    share: UUID
    verdict: Verdict
    reason: str | None
    answered_at: datetime


Line = ShareLine | AnswerLine

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Line)


def encode_share(share: Share) -> bytes:
    """The share's line, with its newline."""
    return encode_line(
        ShareLine(
            share.id,
            fit(share.pool),
            fit(share.miner),
            fit(share.worker),
            fit(share.job),
            share.difficulty,
            share.submitted_at,
        )
    )


def encode_answer(answer: Answer) -> bytes:
    """The answer's line, with its newline; at most ``MOST_ANSWER_BYTES`` long."""
    accepted = answer.verdict is Verdict.ACCEPTED
    reason = None if accepted or answer.reason is None else fit(answer.reason)
    return encode_line(AnswerLine(answer.share, answer.verdict, reason, answer.answered_at))


def encode_line(line: Line) -> bytes:
    """A line that was read, to be written again."""
    return _encoder.encode(line) + b"\n"


def decode_line(data: bytes) -> Line | None:
    """The line, without its newline; None if it is damaged."""
    try:
        line: Line = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return line


def fit(text: str) -> str:
    """The text as the database can hold it.

    >>> fit("rig\\x001")
    'rig?1'
    """
    if len(text) <= MOST_TEXT and text.isprintable():
        return text
    clean = "".join(char if char.isprintable() or (char.isspace() and char >= " ") else "?" for char in text)
    if len(clean) <= MOST_TEXT:
        return clean
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    return f"{clean[: MOST_TEXT - _DIGEST - 1]}~{digest}"
