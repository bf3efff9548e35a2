"""A soak's report as lines, with the course of its memory. In: the report. Out: lines."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from sluice.resources.model import Leak, Sample, SoakReport
from sluice.views.text.glyphs import UNICODE, Glyphs
from sluice.views.text.lines import Line, crop, label, line, pad, pad_left
from sluice.views.text.wording import count, duration, size

_BLOCKS = " ▁▂▃▄▅▆▇█"
_ROWS, _EDGE = 6, 12
_WIDEST = 72
_FEWEST = 8
"""Samples of a course; fewer draw none."""


def soak_lines(report: SoakReport, glyphs: Glyphs = UNICODE, width: int = 100) -> list[Line]:
    """What ran, its memory over time where there is enough of it, the slope and the verdict."""
    shown = [line((label(report.what), "strong")), *_facts(report), ()]
    if len(report.watched.samples) >= _FEWEST:
        shown += [*plot(report.watched.samples, min(_WIDEST, width - _EDGE - 2)), ()]
    return [crop(one, width, glyphs.ellipsis) for one in [*shown, *_verdict(report, glyphs)]]


def _facts(report: SoakReport) -> list[Line]:
    samples, limits = report.watched.samples, report.limits
    took = duration(samples[-1].time) if samples else "no time"
    memory = f" of {size(limits.memory)}" if limits.memory is not None else ""
    cpus = f" of {limits.cpus:g}" if limits.cpus is not None else ""
    rows = [
        ("watched", f"{took}, {count(len(samples), 'sample')}"),
        ("memory", f"{size(report.peak)}{memory} at most"),
        ("processors", f"{report.cpu:.2f}{cpus} on average"),
        ("grows by", _slope(report)),
    ]
    warned = [line("  ", (pad("not limited", 12), "warning"), label(why)) for why in report.watched.unlimited]
    return [*(line("  ", (pad(name, 12), "quiet"), text) for name, text in rows), *warned]


def _slope(report: SoakReport) -> str:
    found = report.slope
    if found is None:
        return "unknown"
    low, high = _rate(found.low), _rate(found.high)
    return f"{_rate(found.estimate)}  (99 % between {low} and {high}; a leak is above {_rate(report.threshold)})"


def _rate(value: float) -> str:
    return f"{'-' if value < 0 else ''}{size(round(abs(value)))}/s"


def _verdict(report: SoakReport, glyphs: Glyphs) -> list[Line]:
    if not report.failures:
        return [line((f"{glyphs.of('success')} no leak", "success"))]
    heading = "leak" if report.leak is Leak.YES else "failed"
    first = line((f"{glyphs.of('failure')} {heading}", "failure"))
    return [first, *(line("  ", why) for why in report.failures)]


def plot(samples: Sequence[Sample], width: int) -> list[Line]:
    """Memory over time as blocks, with its scale at the left and the time below."""
    columns = _columns([sample.memory for sample in samples], max(8, width))
    bottom, top = min(columns), max(columns)
    bottom, top = (bottom, top) if top > bottom else (max(0, bottom - 1), bottom + 1)
    rows = []
    for row in range(_ROWS, 0, -1):
        edge = size(top) if row == _ROWS else size(bottom) if row == 1 else ""
        blocks = "".join(_block((value - bottom) / (top - bottom) * _ROWS - row + 1) for value in columns)
        rows.append(line((pad_left(edge, _EDGE - 2), "quiet"), "  ", (blocks, "bar")))
    end = duration(samples[-1].time)
    rows.append(line(pad("", _EDGE), (f"0s{pad_left(end, max(1, len(columns) - 2))}", "quiet")))
    return rows


def _columns(values: Sequence[int], width: int) -> list[int]:
    """At most ``width`` values, each the largest of its share: a peak is never hidden."""
    if len(values) <= width:
        return list(values)
    edges = [round(number * len(values) / width) for number in range(width + 1)]
    return [max(values[start:end]) for start, end in pairwise(edges)]


def _block(filled: float) -> str:
    """A cell's block; the lowest row is never empty, so that the course can be followed."""
    return _BLOCKS[max(0, min(8, round(filled * 8)))]
