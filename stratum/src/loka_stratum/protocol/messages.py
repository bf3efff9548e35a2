"""One line in, one message out: a request, an answer or a notification, with its parts still as they were written.

Values that are only passed on stay `Raw`, the bytes of the JSON they were, so that nothing is decoded that nobody
reads. What is malformed raises `MalformedError` and nothing else, whatever the bytes are.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from msgspec import Raw

IDENTIFIER_LIMIT = 64
_ABSENT = Raw(b"")
NULL = Raw(b"null")
_Value = TypeVar("_Value")


class MalformedError(Exception):
    """The line is no message. The text says why, in words fit for whoever sent it."""


class Message(msgspec.Struct, gc=False):
    """A line's parts. A request has a method and an id, a notification a method only, an answer an id and no method."""

    id: Raw = NULL
    method: str | None = None
    params: Raw = _ABSENT
    result: Raw = _ABSENT
    error: Raw = _ABSENT
    reject_reason: Raw = msgspec.field(default=_ABSENT, name="reject-reason")
    """Some pools say here why a share was refused, with neither result nor error that tells."""


_decode = msgspec.json.Decoder(Message).decode
_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}


def parse(line: bytes) -> Message:
    """The message in a line. Raises ``MalformedError``."""
    try:
        message = _decode(line)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise MalformedError(_reason(error)) from None
    if not line.isascii():
        _require_text(line)
    identifier = message.id
    if len(identifier) > IDENTIFIER_LIMIT or bytes(identifier)[:1] in {b"[", b"{"}:
        raise MalformedError("the id is not a number, a short string or null")
    return message


def decode(raw: Raw, kind: type[_Value]) -> _Value:
    """A raw value as ``kind``; an absent one is null. Raises ``MalformedError``."""
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.json.Decoder(kind)
    try:
        value: _Value = decoder.decode(raw if len(raw) else b"null")
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise MalformedError(_reason(error)) from None
    return value


def is_null(raw: Raw) -> bool:
    """Whether a value is absent, null or false: how pools write "no error"."""
    return bytes(raw) in {b"", b"null", b"false"}


def _require_text(line: bytes) -> None:
    try:
        line.decode()
    except UnicodeDecodeError:
        raise MalformedError("the line is not UTF-8") from None


def _reason(error: Exception) -> str:
    match error:
        case RecursionError():
            return "it is nested too deeply"
        case msgspec.ValidationError():
            return str(error)
        case _:
            return "it is not JSON"
