"""The first and the last lines about a run: what it is, how it stands, what it took."""

from __future__ import annotations

from sluice.events.model import RunQueued
from sluice.events.standing import Standing, standing
from sluice.events.state import JobState, RunState
from sluice.views.run.outline import job_state
from sluice.views.run.phrases import count_states
from sluice.views.text.glyphs import Glyphs
from sluice.views.text.lines import Line, Piece, cells, crop, label, line, spread
from sluice.views.text.wording import clock, duration, short_ref, verdict

_SHORTEST_NAME = 12


def title(state: RunState) -> str:
    """``CI/CD #42``, with the attempt where it isn't the first."""
    facts = state.facts
    if facts is None:
        return label(state.run)
    attempt = f", attempt {facts.attempt}" if facts.attempt > 1 else ""
    return f"{label(facts.workflow_name or facts.workflow_file)} #{facts.number}{attempt}"


def origin(facts: RunQueued) -> tuple[str, ...]:
    """``push``, ``main``, ``3f1c2a9``; a plus sign says that it holds changes not committed yet."""
    commit = label(facts.sha[:7]) + ("+" if facts.dirty else "")
    return label(facts.trigger), label(short_ref(facts.ref)), commit


def run_state(state: RunState) -> Standing:
    """The one word for how it stands: see ``events.standing``."""
    return standing(state.status, state.conclusion, unavailable=state.unavailable)


def run_seconds(state: RunState, now: float) -> float | None:
    """From the moment it was queued to its end, or until now."""
    if state.created is None:
        return None
    return (state.completed if state.completed is not None else now) - state.created


def headline(state: RunState, now: float, width: int, glyphs: Glyphs) -> Line:
    """``● CI/CD #42  push · main · 3f1c2a9+``, and the time at the right end."""
    found = run_state(state)
    seconds = run_seconds(state, now)
    facts = f" {glyphs.dot} ".join(origin(state.facts)) if state.facts else ""
    left = line((glyphs.of(found), found), " ", (title(state), "strong"), "  ", (facts, "quiet"))
    shown = clock(seconds) if state.conclusion is None else duration(seconds)
    return spread(left, line((shown, "" if state.conclusion is None else "quiet")), width, glyphs.ellipsis)


def leaf_jobs(state: RunState) -> list[JobState]:
    """Every job run but those that only call a workflow, in the order of the tree."""
    return [job for _, job in state.ordered_jobs() if not job.nodes]


def verdict_line(state: RunState, glyphs: Glyphs, width: int | None = None) -> Line:
    """``✗ CI/CD #42 failed in 1m 01s  1 failed, 10 passed``; where ``width`` cells are too few, the name gives way."""
    found = run_state(state)
    seconds = None if state.conclusion is None else run_seconds(state, state.time)
    took = "" if seconds is None else f" in {duration(seconds)}"
    counted = count_states(job_state(state, job) for job in leaf_jobs(state))
    end = line(" ", (verdict(found), found), took, Piece(f"  {counted}", "quiet"))
    name = line((f"{glyphs.of(found)} ", found), (title(state), "strong"))
    if width is None:
        return (*name, *end)
    shown = crop(name, max(_SHORTEST_NAME, width - cells(end)), glyphs.ellipsis)
    return crop((*shown, *end), width, glyphs.ellipsis)
