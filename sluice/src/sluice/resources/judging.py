"""Samples in, a verdict out. Pure.

A leak is a slope whose whole interval lies above the threshold; none is one whose whole interval does not. Anything
between is undecided, which does not pass: it has to run longer.
"""

from __future__ import annotations

from collections.abc import Iterator

from sluice.resources.model import Leak, Limits, Slope, SoakReport, Watched
from sluice.resources.slope import FEWEST, fit


def judge(what: str, watched: Watched, limits: Limits, *, warm_up: float, threshold: float) -> SoakReport:
    """The report; what is seen before ``warm_up`` does not count for the slope."""
    counted = [(sample.time, float(sample.memory)) for sample in watched.samples if sample.time >= warm_up]
    slope = fit(counted)
    peak = max((sample.memory for sample in watched.samples), default=0)
    leak = _leak(slope, threshold)
    return SoakReport(
        what=what,
        limits=limits,
        watched=watched,
        slope=slope,
        threshold=threshold,
        leak=leak,
        peak=peak,
        cpu=_cpus(watched),
        failures=tuple(_failures(watched, limits, leak, peak, slope is None)),
    )


def _leak(slope: Slope | None, threshold: float) -> Leak:
    if slope is None:
        return Leak.UNDECIDED
    if slope.low > threshold:
        return Leak.YES
    return Leak.NO if slope.high <= threshold else Leak.UNDECIDED


def _cpus(watched: Watched) -> float:
    """Processors used on average."""
    if len(watched.samples) < 2:
        return 0.0
    first, last = watched.samples[0], watched.samples[-1]
    return (last.cpu - first.cpu) / (last.time - first.time) if last.time > first.time else 0.0


def _failures(watched: Watched, limits: Limits, leak: Leak, peak: int, few: bool) -> Iterator[str]:
    ending = watched.ending
    if ending.killed:
        yield "it was ended because it needed more memory than it may have"
    elif ending.code:
        yield f"it ended by itself with exit code {ending.code}"
    if watched.unloaded is not None:
        yield f"it was under no load: the command of --load never worked (exit code {watched.unloaded})"
    if limits.memory is not None and peak > limits.memory:
        yield "it took more memory than it may, which could not be held down here"
    if leak is Leak.YES:
        yield "its memory grows"
    elif few and ending.code is not None:
        yield f"it ended by itself, and fewer than {FEWEST} samples after the warm-up say nothing: --every makes more"
    elif few:
        yield f"fewer than {FEWEST} samples after the warm-up say nothing: let it run longer, or --every makes more"
    elif leak is Leak.UNDECIDED:
        yield "whether its memory grows is undecided: let it run longer"
