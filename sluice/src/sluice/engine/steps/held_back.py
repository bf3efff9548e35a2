"""Whether a process was refused what a rehearsal holds back, and didn't know why. In: the bytes that it printed, on
their way to the log. Out: the host that it asked for; an effect and a warning that say why nobody was there.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sluice.engine.rehearsing import record_effect
from sluice.engine.steps.lifecycle import StepRun
from sluice.rehearsal.uploads.addresses import HELD_BACK

_REFUSED = re.compile(rb"connection\s+refused|econnrefused|failed\s+to\s+connect", re.IGNORECASE)
"""How the libraries of the usual languages put it, also where a terminal's width cuts it."""
_KEPT = 16 * 1024
"""Bytes at the end of the output that are looked at."""
_WAYS = {
    "upload.pypi.org": (
        "package-upload",
        "twine by its name, or without an address as ~/.pypirc has it, meets the run's own index",
    ),
    "uploads.github.com": ("asset", "GITHUB_API_URL and the upload_url of a release lead to the run's own stand-in"),
}
"""By host: the kind of effect, and how it is met in a rehearsal."""


class Overheard:
    """``feed`` takes what a process prints and hands it on; the end of it is kept."""

    def __init__(self, feed: Callable[[bytes], None]) -> None:
        self._hand_on = feed
        self._end = bytearray()

    def feed(self, data: bytes) -> None:
        """The next bytes."""
        self._hand_on(data)
        self._end += data[-_KEPT:]
        if len(self._end) > 2 * _KEPT:
            del self._end[:-_KEPT]

    def refused(self) -> str | None:
        """The host that it was refused, if it says so."""
        named = (host for host in HELD_BACK if host.encode() in self._end)
        return next(named, None) if _REFUSED.search(self._end) else None


def tell_refused(run: StepRun, overheard: Overheard) -> None:
    """Say why, in a job that is rehearsed and finds nobody under such a name."""
    session = run.session
    host = overheard.refused() if session.rehearsal and "network" in session.workspace.isolation else None
    if host is None:
        return
    kind, way = _WAYS[host]
    record_effect(session, kind, host, f"a connection to {host}, which was refused")
    run.recorder.annotate(
        "warning",
        f"A rehearsal sends nothing to {host}: nobody answers there, so that the connection was refused. "
        f"{way[0].upper()}{way[1:]}; `sluice run --publish` lets it go.",
    )
