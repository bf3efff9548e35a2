"""A job's events without its secrets: masked once, on their way out, whoever made them.

In: an event. Out: the same with every text in it masked that a person wrote or a program printed. Keys, ids and results
stay: a secret that is a short word must not take a job's name away from the stream.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar, cast

from msgspec import Struct
from msgspec.structs import replace

from sluice.events.model import (
    AnnotationCreated,
    ArtifactDownloaded,
    ArtifactUploaded,
    CacheRestored,
    CacheSaved,
    ConditionEvaluated,
    EffectRecorded,
    JobStarted,
    PlannedStep,
    StepCompleted,
    StepStarted,
    TracedValue,
)

T = TypeVar("T")

_TEXTS: Mapping[type, tuple[str, ...]] = {
    AnnotationCreated: ("message", "title", "file"),
    ArtifactDownloaded: ("name",),
    ArtifactUploaded: ("name",),
    CacheRestored: ("key", "matched"),
    CacheSaved: ("key",),
    ConditionEvaluated: ("values",),
    EffectRecorded: ("target", "request"),
    JobStarted: ("steps",),
    PlannedStep: ("name",),
    StepCompleted: ("reason", "outputs"),
    StepStarted: ("name",),
    TracedValue: ("value",),
}


def masked(data: T, mask: Callable[[str], str]) -> T:
    """An event, or a part of one."""
    return cast("T", _masked(data, mask))


def _masked(data: object, mask: Callable[[str], str]) -> object:
    match data:
        case str():
            return mask(data)
        case tuple():
            return tuple(_masked(item, mask) for item in data)
        case dict():
            return {key: _masked(item, mask) for key, item in data.items()}
        case Struct() if type(data) in _TEXTS:
            return replace(data, **{name: _masked(getattr(data, name), mask) for name in _TEXTS[type(data)]})
        case _:
            return data
