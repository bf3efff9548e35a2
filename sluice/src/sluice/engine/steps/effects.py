"""What a command in a step tells of its outward effects: lines of JSON in the file that ``SLUICE_EFFECTS`` names.

Each has ``kind``, ``target`` and ``request``, as ``sluice deploy`` writes them. Whether it was rehearsed is the run's
to say. A line that is none is left out: the file is no workflow command and fails no step.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

import msgspec
from msgspec import Struct

from sluice.engine.jobs.session import JobSession
from sluice.events.model import EffectRecorded


class Effect(Struct, frozen=True, kw_only=True):
    """One line."""

    kind: str
    target: str
    request: str


def record_effects(session: JobSession, lines: Iterable[str]) -> None:
    """An event for each."""
    for line in lines:
        with suppress(msgspec.MsgspecError):
            effect = msgspec.json.decode(line, type=Effect)
            session.emit(
                EffectRecorded(
                    job=session.key,
                    kind=effect.kind,
                    target=effect.target,
                    request=effect.request,
                    rehearsed=not session.tools.publish,
                )
            )
