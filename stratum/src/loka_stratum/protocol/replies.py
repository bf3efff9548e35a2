"""Messages as lines to send: requests, answers, errors and notifications, each ending in a line feed."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw

OTHER = 20
JOB_NOT_FOUND = 21
DUPLICATE_SHARE = 22
LOW_DIFFICULTY = 23
UNAUTHORIZED = 24
NOT_SUBSCRIBED = 25

_encode = msgspec.json.encode


def answer(identifier: bytes, result: bytes, error: bytes = b"null", reject_reason: bytes = b"") -> bytes:
    """An answer whose parts are JSON already."""
    extra = b',"reject-reason":%b' % reject_reason if reject_reason else b""
    return b'{"id":%b,"result":%b,"error":%b%b}\n' % (identifier, result, error, extra)


def accepted(identifier: bytes) -> bytes:
    """The answer to nearly every share."""
    return b'{"id":%b,"result":true,"error":null}\n' % identifier


def failure(identifier: bytes, code: int, words: str) -> bytes:
    """An error as Stratum writes it: code, words, no trace."""
    return b'{"id":%b,"result":null,"error":[%d,%b,null]}\n' % (identifier, code, _encode(words))


def request(identifier: int, method: str, params: bytes) -> bytes:
    """A request of the proxy's own numbering; ``params`` is JSON already."""
    return b'{"id":%d,"method":%b,"params":%b}\n' % (identifier, _encode(method), params or b"[]")


def share(identifier: int, params: list[str]) -> bytes:
    """The request of nearly every line to a pool."""
    return b'{"id":%d,"method":"mining.submit","params":%b}\n' % (identifier, _encode(params))


def notification(method: str, params: Any) -> bytes:  # noqa: ANN401 (whatever JSON holds)
    """A message that wants no answer."""
    return b'{"id":null,"method":%b,"params":%b}\n' % (_encode(method), _encode(params))


def raw_or_null(raw: Raw) -> bytes:
    """The bytes of a value; an absent one is null."""
    return bytes(raw) or b"null"


def encode(value: Any) -> bytes:  # noqa: ANN401 (whatever JSON holds)
    """A value as JSON."""
    return _encode(value)
