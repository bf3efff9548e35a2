"""News for a page that is open: parts of it that have changed, and lines of the logs that it shows.

In: a place in a run's stream. Out: server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html),
whose ids are the stream's own numbers, so that a page that lost its connection goes on where it was.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Protocol

import anyio
import anyio.to_thread
from markupsafe import Markup

from sluice.app.runs.interrupted import mark_interrupted
from sluice.app.serving_web.site import Site
from sluice.events.fold import fold, fold_all
from sluice.events.model import LogAppended
from sluice.events.state import RunState
from sluice.machine.processes import is_alive
from sluice.views.report.anchors import step_anchor
from sluice.views.web.listing import listing_parts
from sluice.views.web.log import news_html
from sluice.views.web.run import run_parts

PAUSE = 0.25
_BEAT = 15.0
_RECORDS, _LINES, _BYTES = 5_000, 500, 1 << 17
Parts = Mapping[str, Markup]


class Follower(Protocol):
    """Somebody's place in what happens."""

    over: bool

    def news(self) -> Iterator[str]:
        """The events since the last call."""
        ...


def event(kind: str, data: object, number: int | None = None) -> str:
    """One server-sent event."""
    number_line = f"id: {number}\n" if number is not None else ""
    return f"{number_line}event: {kind}\ndata: {json.dumps(data)}\n\n"


class Changes:
    """Which parts are others than they were."""

    def __init__(self, parts: Parts, whole: str = "") -> None:
        self._shown = dict(parts)
        self._whole = whole

    def of(self, parts: Parts) -> Iterator[tuple[str, Markup]]:
        """What has changed: each by itself, or when cards came or went the ``whole`` that holds them."""
        anew = parts.keys() != self._shown.keys()
        for name, html in parts.items():
            held = bool(self._whole) and name.startswith("job-")
            left_out = held if anew else name == self._whole
            if not left_out and self._shown.get(name) != html:
                yield name, html
        self._shown = dict(parts)


class ListFollower:
    """The first page's."""

    over = False

    def __init__(self, parts: Callable[[], Parts]) -> None:
        self._parts = parts
        self._changes = Changes({})
        self._next = 0.0

    def news(self) -> Iterator[str]:
        """The lists, when they look otherwise, once in a second; all of them at first."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + 1
        yield from (event("part", {"id": name, "html": html}) for name, html in self._changes.of(self._parts()))


class RunFollower:
    """One run's page, which has shown the records up to ``after``."""

    def __init__(self, site: Site, run: str, after: int) -> None:
        self._site = site
        self._run = run
        self._inputs = site.inputs(run)
        self._state = fold_all(one for one in site.store.read(run) if one.seq <= after) or RunState(run=run)
        self._changes = Changes(self._drawn() if after else {}, "cards")
        self._looked = self._drew = time.monotonic()
        self.over = False

    def news(self) -> Iterator[str]:
        """What was recorded since."""
        self._bury()
        before, logs = self._state, []
        for record in self._site.store.read(self._run, before.seq, _RECORDS):
            self._state = fold(self._state, record)
            logs += [record.event] if isinstance(record.event, LogAppended) else []
        if self._state.seq != before.seq or time.monotonic() - self._drew > 1:
            self._drew = time.monotonic()
            for name, html in self._changes.of(self._drawn()):
                yield event("part", {"id": name, "html": html}, self._state.seq)
        yield from self._lines(before, logs)
        if self._state.conclusion is not None and self._state.seq == before.seq:
            self.over = True
            yield event("end", {}, self._state.seq)

    def _drawn(self) -> Parts:
        return run_parts(self._state, self._inputs, time.time() if self._state.conclusion is None else self._state.time)

    def _bury(self) -> None:
        """A run whose engine was killed says nothing more: somebody has to say it."""
        now = time.monotonic()
        facts = self._state.facts
        if facts and self._state.conclusion is None and now - self._looked > 1:
            self._looked = now
            if not is_alive(facts.engine_pid, facts.engine_started):
                mark_interrupted(self._site.store)

    def _lines(self, before: RunState, logs: list[LogAppended]) -> Iterator[str]:
        """The last lines of each step that wrote some."""
        written: dict[tuple[str, str], list[LogAppended]] = {}
        for one in logs:
            written.setdefault((one.job, one.step), []).append(one)
        for (job, step), places in written.items():
            known = before.jobs[job].steps.get(step) if job in before.jobs else None
            first = (known.log.lines if known else 0) + 1
            yield self._tail(job, step, first, places)

    def _tail(self, job: str, step: str, first: int, places: list[LogAppended]) -> str:
        data, total = b"", sum(one.lines for one in places)
        for one in reversed(places):
            data = self._inputs.read_log(job, one.offset, one.length) + data
            if len(data) > _BYTES:
                break
        lines = data.decode("utf-8", "replace").removesuffix("\n").split("\n")[-min(_LINES, max(1, total)) :]
        anchor, start = step_anchor(job, step), first + max(0, total - len(lines))
        facts = {"log": anchor, "first": start, "next": first + total, "html": news_html(anchor, start, lines)}
        return event("lines", facts, self._state.seq)


def list_follower(site: Site, limit: int, workflow: str = "") -> ListFollower:
    """The follower of the first page, or of one workflow's."""

    def parts() -> Parts:
        rows = site.rows(limit, workflow)
        return listing_parts([] if workflow else site.cards(rows), rows, time.time())

    return ListFollower(parts)


async def stream(site: Site, follower: Follower) -> AsyncIterator[str]:
    """The events until the run is over, the reader gone, or the server closed; none where too many read already."""
    if not site.streams.acquire(blocking=False):
        return
    told = time.monotonic()
    try:
        yield "retry: 1000\n\n"
        while not (site.closing.is_set() or follower.over):
            news = await anyio.to_thread.run_sync(lambda: "".join(follower.news()))
            if news or time.monotonic() - told > _BEAT:
                told = time.monotonic()
                yield news or ": still here\n\n"
            await anyio.sleep(PAUSE)
    finally:
        site.streams.release()
