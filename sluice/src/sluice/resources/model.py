"""What is asked for and what was seen: plain data. Sizes in bytes, times in seconds, rates in bytes a second."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Limits(Struct, frozen=True, kw_only=True):
    """What the run may take; nothing is no limit."""

    memory: int | None = None
    cpus: float | None = None


class Sample(Struct, frozen=True, kw_only=True):
    """``time`` since the start; ``memory`` without the page cache; ``cpu`` used so far."""

    time: float
    memory: int
    cpu: float


class Ending(Struct, frozen=True, kw_only=True):
    """``code`` is nothing when it still ran and was stopped; ``killed`` when its memory limit ended it."""

    code: int | None
    killed: bool = False


class Watched(Struct, frozen=True, kw_only=True):
    """A run: ``unlimited`` says why a limit could not be set, ``unloaded`` with which exit code a load never worked."""

    samples: tuple[Sample, ...]
    ending: Ending
    unlimited: tuple[str, ...] = ()
    unloaded: int | None = None


class Slope(Struct, frozen=True, kw_only=True):
    """A rate with its interval."""

    estimate: float
    low: float
    high: float


class Leak(StrEnum):
    """Whether memory grows."""

    NO = "no"
    YES = "yes"
    UNDECIDED = "undecided"


class SoakReport(Struct, frozen=True, kw_only=True):
    """What came of it. ``slope`` is nothing when there were too few samples; ``failures`` say why it does not pass."""

    what: str
    limits: Limits
    watched: Watched
    slope: Slope | None
    threshold: float
    leak: Leak
    peak: int
    cpu: float
    failures: tuple[str, ...]
