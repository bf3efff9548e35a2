"""When each job and step ran, as a drawing. In: a run's state. Out: SVG with a row for each job run.

A light stretch is waiting, a coloured one is work; steps are marked inside it, and everything names itself when
pointed at.
"""

from __future__ import annotations

from typing import NamedTuple

from markupsafe import Markup
from msgspec import Struct

from sluice.events.state import JobState, RunState
from sluice.views.report.anchors import job_anchor
from sluice.views.run.outline import job_span, job_state, step_state
from sluice.views.text.lines import label
from sluice.views.text.wording import duration

_LABEL = 210
_PLOT = 740
_RIGHT = 30
"""Half of the last time that may stand there."""
_ROW = 22
_TOP = 24
_LABEL_CHARACTERS = 32
_THINNEST = 0.8
_THINNEST_DRAWN = 1.5
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)
_WANTED_TICKS = 8


def draw_timeline(state: RunState, now: float) -> Markup:
    """The drawing; nothing when no job ever started or waited."""
    jobs = [(depth, job) for depth, job in state.ordered_jobs() if _begin(state, job) is not None]
    if state.created is None or not jobs:
        return Markup()
    end = max([state.completed or now, *(_end(job, now) for _, job in jobs)])
    scale = _Scale(state.created, max(0.001, end - state.created))
    drawing = _Drawing(state, now, scale)
    rows = Markup().join(drawing.row(job, depth, _TOP + place * _ROW) for place, (depth, job) in enumerate(jobs))
    height = _TOP + _ROW * len(jobs) + 4
    return Markup(
        '<svg class="timeline" viewBox="0 0 {w} {h}" role="img" aria-label="Timeline of the jobs">{axis}{rows}</svg>'
    ).format(w=_LABEL + _PLOT + _RIGHT, h=height, axis=_axis(scale, height), rows=rows)


def _begin(state: RunState, job: JobState) -> float | None:
    started = job_span(state, job)[0]
    return started if started is not None else job.waiting_since


def _end(job: JobState, now: float) -> float:
    return job.completed if job.completed is not None else now


class _Scale(Struct, frozen=True):
    """Seconds since the epoch to places across the drawing."""

    start: float
    seconds: float

    def at(self, time: float) -> float:
        return _LABEL + max(0.0, min(1.0, (time - self.start) / self.seconds)) * _PLOT

    def ticks(self) -> list[int]:
        step = next((one for one in _STEPS if self.seconds / one <= _WANTED_TICKS), int(self.seconds // 6) or 1)
        return list(range(0, int(self.seconds) + 1, step))


def _axis(scale: _Scale, height: int) -> Markup:
    return Markup().join(
        Markup('<path class="tick" d="M{x} {t}V{h}"/><text class="time" x="{x}" y="14">{words}</text>').format(
            x=_short(scale.at(scale.start + tick)), t=_TOP - 4, h=height, words=duration(float(tick))
        )
        for tick in scale.ticks()
    )


class _Box(NamedTuple):
    kind: str
    y: int
    height: int


class _Drawing(Struct, frozen=True):
    state: RunState
    now: float
    scale: _Scale

    def row(self, job: JobState, depth: int, y: int) -> Markup:
        name = label(job.name)
        steps = self.steps(job, y)
        words = name if len(name) <= _LABEL_CHARACTERS else name[: _LABEL_CHARACTERS - 1] + "…"
        return Markup(
            '<a href="#{anchor}"><text x="{x}" y="{base}">{words}<title>{name}</title></text>{wait}{bar}</a>{steps}'
        ).format(
            anchor=job_anchor(job.key),
            x=depth * 12,
            base=y + 15,
            words=words,
            name=name,
            wait=self.waiting(job, y),
            bar=self.bar(job, y, "" if steps else " solid"),
            steps=steps,
        )

    def waiting(self, job: JobState, y: int) -> Markup:
        if job.waiting_since is None:
            return Markup()
        until = job_span(self.state, job)[0] or _end(job, self.now)
        title = f"{label(job.name)}: waited {duration(until - job.waiting_since)}"
        return self.rectangle(_Box("wait", y + 8, 6), job.waiting_since, until, title)

    def bar(self, job: JobState, y: int, look: str) -> Markup:
        started = job_span(self.state, job)[0]
        if started is None:
            return Markup()
        title = f"{label(job.name)}: {duration(_end(job, self.now) - started)}"
        found = job_state(self.state, job)
        box = _Box(f"bar {found} caller", y + 9, 4) if job.nodes else _Box(f"bar {found}{look}", y + 4, 14)
        return self.rectangle(box, started, _end(job, self.now), title)

    def steps(self, job: JobState, y: int) -> Markup:
        """The steps that are wide enough to be seen, every other one lighter."""
        drawn: list[Markup] = []
        for number, step in enumerate(job.top_steps()):
            end = step.completed if step.completed is not None else self.now
            if step.started is None or self.scale.at(end) - self.scale.at(step.started) < _THINNEST:
                continue
            box = _Box(f"step {step_state(step)}{' odd' if number % 2 else ''}", y + 4, 14)
            title = f"{label(step.name or step.key)}: {duration(end - step.started)}"
            drawn.append(self.rectangle(box, step.started, end, title))
        return Markup().join(drawn)

    def rectangle(self, box: _Box, start: float, end: float, title: str) -> Markup:
        x = self.scale.at(start)
        width = _short(max(_THINNEST_DRAWN, self.scale.at(end) - x))
        return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="2"><title>{}</title></rect>').format(
            box.kind, _short(x), box.y, width, box.height, title
        )


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
