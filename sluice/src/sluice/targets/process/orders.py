"""What a supervisor is told, and what it answers: one line of JSON each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from msgspec import Struct, field

from sluice.targets.process.records import Slot


class Start(Struct, frozen=True, kw_only=True, tag="start"):
    """Run this version, too, and take connections at ``fronts`` from now on; not run where one of them is taken."""

    slot: Slot
    fronts: Mapping[str, str] = field(default_factory=dict)


class Switch(Struct, frozen=True, kw_only=True, tag="switch"):
    """Send who comes from now on to this version, at ``fronts`` and no other address; where nothing is said of them, at
    those of before.
    """

    number: int
    fronts: Mapping[str, str] | None = None


class Stop(Struct, frozen=True, kw_only=True, tag="stop"):
    """End this version in peace; answered when it is gone."""

    number: int


class Look(Struct, frozen=True, kw_only=True, tag="look"):
    """Only say how things stand."""


class Close(Struct, frozen=True, kw_only=True, tag="close"):
    """End everything, and the supervisor with it."""


Order: TypeAlias = Start | Switch | Stop | Look | Close


class Running(Struct, frozen=True, kw_only=True):
    """A version as it runs. ``state`` is ``running``, ``restarting`` or ``ending``; ``since`` in seconds since 1970."""

    number: int
    version: str
    colour: str
    state: str
    since: float
    restarts: int = 0
    last_exit: int | None = None
    ports: Mapping[str, int] = field(default_factory=dict)


class Answer(Struct, frozen=True, kw_only=True):
    """How things stand after the order; ``error`` says why it was not carried out. ``missing`` maps the name of a port
    that can't be listened at to the reason.
    """

    live: int | None = None
    versions: tuple[Running, ...] = ()
    fronts: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    error: str = ""
