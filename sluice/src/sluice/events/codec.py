"""Records to JSON lines and back. In: records or bytes. Out: bytes or records. It knows no files and no databases.

A record that a newer Sluice wrote is refused, never read in part: a view that guesses is worse than one that says so.
"""

from __future__ import annotations

import msgspec

from sluice.events.model import VERSION, Record
from sluice.source.errors import StoreError


class UnreadableRecordError(StoreError):
    """These bytes are no record: damaged, or not written by Sluice."""


class NewerRecordError(StoreError):
    """A newer Sluice wrote this record."""


class _Header(msgspec.Struct):
    version: int


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Record)
_HEADER_DECODER = msgspec.json.Decoder(_Header)


def encode(record: Record) -> bytes:
    """The record as one line of JSON, without the line end."""
    return _ENCODER.encode(record)


def decode(line: bytes) -> Record:
    """The record of one line; raises ``NewerRecordError`` or ``UnreadableRecordError``."""
    try:
        record = _DECODER.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        _refuse_newer(_version_of(line))
        raise UnreadableRecordError(f"an event of this run can't be read: {error}") from error
    _refuse_newer(record.version)
    return record


def _version_of(line: bytes) -> int:
    try:
        return _HEADER_DECODER.decode(line).version
    except (msgspec.DecodeError, UnicodeDecodeError):
        return VERSION


def _refuse_newer(version: int) -> None:
    if version > VERSION:
        raise NewerRecordError(
            f"this run was recorded by a newer Sluice (events of version {version}; this one reads up to {VERSION})",
            hint="update Sluice with `pip install --upgrade sluice-ci`",
        )
