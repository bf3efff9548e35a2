"""A pool's answer to a share in, a verdict and the pool's reason out.

Codes come first: 21 is a job that is gone (stale), 22 a duplicate, the rest is rejected. Pools that answer with
code 20, a bare string or nothing but ``false`` are read by their words.
"""

from __future__ import annotations

from msgspec import Raw

from loka_stratum.protocol.messages import MalformedError, Message, decode, is_null
from loka_stratum.protocol.replies import DUPLICATE_SHARE, JOB_NOT_FOUND
from loka_stratum.shares import Verdict

_STALE_WORDS = ("stale", "job not found", "unknown job", "invalid job", "job expired", "unknown-work")
_REASON_LIMIT = 200


def judge(message: Message) -> tuple[Verdict, str | None]:
    """What became of the share that this answers, and why it was refused."""
    if bytes(message.result) == b"true" and is_null(message.error):
        return Verdict.ACCEPTED, None
    if is_null(message.error):
        return _of_words(None, _words(message.reject_reason) or "refused without a reason")
    code, words = _error_parts(message)
    return _of_words(code, words)


def _of_words(code: int | None, words: str) -> tuple[Verdict, str]:
    reason = words[:_REASON_LIMIT]
    lowered = reason.lower()
    if code == JOB_NOT_FOUND or (code != DUPLICATE_SHARE and any(word in lowered for word in _STALE_WORDS)):
        return Verdict.STALE, reason
    if code == DUPLICATE_SHARE or "duplicate" in lowered:
        return Verdict.DUPLICATE, reason
    return Verdict.REJECTED, reason


def _error_parts(message: Message) -> tuple[int | None, str]:
    """The code and the words of ``[code, words, trace]``, ``{"code": ..., "message": ...}`` or a bare string."""
    match _decoded(message.error):
        case [int(code), str(words), *_]:
            return code, words or f"code {code}"
        case [int(code), *_]:
            return code, f"code {code}"
        case {"code": int(code), "message": str(words)}:
            return code, words
        case {"code": int(code)}:
            return code, f"code {code}"
        case str(words) if words:
            return None, words
        case _:
            return None, "an error without words"


def _words(raw: Raw) -> str | None:
    value = _decoded(raw)
    return value if isinstance(value, str) and value else None


def _decoded(raw: Raw) -> object:
    """What was sent, or None if it can't be read."""
    try:
        return decode(raw, object)
    except MalformedError:
        return None
