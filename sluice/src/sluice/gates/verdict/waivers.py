"""Waivers on rows and problems. In: a policy's waivers and the day. Out: which one holds, and which are over or
unused.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sluice.gates.policy.model import Waiver
from sluice.source.diagnostics import Diagnostic, Severity


class Waivers:
    """The waivers of a policy on one day; remembers which were used."""

    def __init__(self, waivers: Iterable[Waiver], today: dt.date) -> None:
        self._all = tuple(waivers)
        self._today = today
        self._used: set[int] = set()

    def covering(self, names: Iterable[str]) -> Waiver | None:
        """The waiver that holds for any of ``names``. One that is over counts as used, but doesn't hold."""
        wanted = tuple(names)
        held: Waiver | None = None
        for index, waiver in enumerate(self._all):
            if any(map(waiver.pattern.matches, wanted)):
                self._used.add(index)
                held = held or (waiver if waiver.holds_on(self._today) else None)
        return held

    def notices(self) -> list[Diagnostic]:
        """What to tell about waivers, once all rows were looked at."""
        found = [_over(waiver) for waiver in self._all if not waiver.holds_on(self._today)]
        unused = (waiver for index, waiver in enumerate(self._all) if index not in self._used)
        return [*found, *(_unused(waiver) for waiver in unused if waiver.holds_on(self._today))]


def _over(waiver: Waiver) -> Diagnostic:
    return Diagnostic(
        span=waiver.span,
        rule="waiver-expired",
        severity=Severity.WARNING,
        message=f"the waiver of '{waiver.pattern}' ended on {waiver.until}: it doesn't hold any more",
        hint="fix what it covered, or give it a new day and reason",
    )


def _unused(waiver: Waiver) -> Diagnostic:
    return Diagnostic(
        span=waiver.span,
        rule="waiver-unused",
        severity=Severity.NOTICE,
        message=f"the waiver of '{waiver.pattern}' covers nothing in this run",
        hint="remove it when it is no longer needed",
    )
