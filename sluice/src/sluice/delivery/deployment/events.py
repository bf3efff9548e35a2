"""The facts of a deployment, in the order in which they become true. They are only ever appended."""

from __future__ import annotations

from typing import TypeAlias

import msgspec
from msgspec import Struct

STOP = "stop"
"""The ``kind`` of a request that ends everything."""


class Release(Struct, frozen=True, kw_only=True):
    """What is deployed. ``committed`` is when the commit was made, in seconds since 1970."""

    version: str
    commit: str
    ref: str = ""
    committed: float = 0


class Requested(Struct, frozen=True, kw_only=True, tag="requested"):
    """Somebody wants ``release`` there. ``kind`` is ``deploy`` or ``rollback``, or ``stop`` for who wants nothing there
    any more: ``release`` is what there was. ``previous`` is what was live, and ``previous_number`` the deployment that
    had brought it. ``beside`` is the strategy (``strategy.steps``).
    """

    release: Release
    previous: Release | None
    previous_number: int | None
    kind: str
    actor: str
    beside: bool
    why: str = ""
    approved_by: str = ""


class Prepared(Struct, frozen=True, kw_only=True, tag="prepared"):
    """The release is built, or was before."""

    detail: str = ""


class Started(Struct, frozen=True, kw_only=True, tag="started"):
    """The new version runs beside the old one, or its manifests were accepted."""

    detail: str = ""


class Healthy(Struct, frozen=True, kw_only=True, tag="healthy"):
    """The new version says that it is well."""

    detail: str = ""


class Verified(Struct, frozen=True, kw_only=True, tag="verified"):
    """The new version did its work for the smoke workflow or command."""

    detail: str = ""


class Switched(Struct, frozen=True, kw_only=True, tag="switched"):
    """From now on new connections go to the new version."""

    detail: str = ""


class Watching(Struct, frozen=True, kw_only=True, tag="watching"):
    """The new version is watched for so many seconds."""

    seconds: float


class Finished(Struct, frozen=True, kw_only=True, tag="finished"):
    """The new version is alone. ``recovered`` when a later command had to finish it."""

    recovered: bool = False


class Failed(Struct, frozen=True, kw_only=True, tag="failed"):
    """Something went wrong; the way back begins."""

    reason: str


class RolledBack(Struct, frozen=True, kw_only=True, tag="rolled-back"):
    """The old version is alone again, after a failure."""

    reason: str
    recovered: bool = False


class Abandoned(Struct, frozen=True, kw_only=True, tag="abandoned"):
    """It was interrupted before the switch and undone: the old version never left."""

    reason: str


Event: TypeAlias = (
    Requested
    | Prepared
    | Started
    | Healthy
    | Verified
    | Switched
    | Watching
    | Finished
    | Failed
    | RolledBack
    | Abandoned
)


class Entry(Struct, frozen=True, kw_only=True):
    """An event with the environment and the number of its deployment there; ``time`` in seconds since 1970."""

    environment: str
    number: int
    time: float
    event: Event


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Event)


def encode(event: Event) -> bytes:
    """An event as JSON, its kind under ``type``."""
    return _ENCODER.encode(event)


def decode(data: bytes) -> Event:
    """The event; raises ``msgspec.ValidationError`` for what is none."""
    event: Event = _DECODER.decode(data)
    return event
