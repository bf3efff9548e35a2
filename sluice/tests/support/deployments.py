"""Made-up deployments: releases named by a letter, one event each minute."""

from __future__ import annotations

from sluice.delivery.deployment.events import Entry, Event, Release, Requested

SECONDS = 60.0


def release(letter: str, committed: float = 0) -> Release:
    return Release(version=letter, commit=letter * 40, committed=committed)


def requested(letter: str, *, previous: str | None = None, kind: str = "deploy", committed: float = 0) -> Requested:
    return Requested(
        release=release(letter, committed),
        previous=release(previous) if previous else None,
        previous_number=1 if previous else None,
        kind=kind,
        actor="ada",
        beside=True,
    )


def entries(number: int, *events: Event, start: float = 0) -> list[Entry]:
    return [
        Entry(environment="staging", number=number, time=start + place * SECONDS, event=event)
        for place, event in enumerate(events)
    ]
