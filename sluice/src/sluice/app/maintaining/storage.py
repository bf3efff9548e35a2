"""What Sluice keeps on this disk, what of it can be removed, and how long the disk will last."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from statistics import median

from sluice.app.maintaining.scene import Scene
from sluice.app.runs.cleaning import Wish, find_removable
from sluice.delivery.maintenance.model import DAY, Finding, Section
from sluice.machine.trees import size_of
from sluice.views.text.wording import count, duration, size

LEAST_DAYS = 91
"""So long the disk has to last: until the next review."""
BUSY, LONG_QUEUE_SECONDS = 0.9, 60.0
"""Processors in use at the median, and time that jobs wait for a place, from when on the machine is too small."""


def look_at_disk(scene: Scene) -> Section:
    """Sizes of runs and caches; runs that are old enough to go, what killed uploads left, little room."""
    whole, _, free = shutil.disk_usage(scene.places.state)
    kept = scene.maintenance.keep_days
    removable = find_removable(scene.store, Wish(older_than=kept * DAY, now=scene.span.until))
    findings = []
    if removable.runs or removable.leftovers:
        parts = [count(len(removable.runs), f"run older than {kept:g} days", f"runs older than {kept:g} days")]
        parts += [count(len(removable.leftovers), "leftover")] if removable.leftovers else []
        findings.append(
            Finding(
                text=f"{' and '.join(parts)} can be removed: {size(removable.bytes)}",
                commands=(f"sluice clean --older-than {kept:g}d --dry-run", f"sluice clean --older-than {kept:g}d"),
            )
        )
    least = scene.maintenance.free_percent
    if free * 100 < whole * least:
        text = f"{size(free)} of {size(whole)} are free where Sluice keeps its runs; {least:g} % must be (free-percent)"
        findings.append(Finding(text=text, commands=("sluice clean --older-than 30d --dry-run",)))
    return Section(findings=tuple(findings), facts=(*_sizes(scene), f"{size(free)} of {size(whole)} are free"))


def look_at_infrastructure(scene: Scene) -> Section:
    """Whether disk and processors last another quarter at the pace of this one."""
    if not scene.states:
        return Section(unseen=("no run of this repository since then is kept here, so nobody can say how it grows",))
    grown = sum(size_of(scene.store.root / "runs" / state.run) for state in scene.states)
    free = shutil.disk_usage(scene.places.state).free
    days = free / (grown / ((scene.span.until - scene.span.since) / DAY)) if grown else float("inf")
    busy = [one.utilization for one in scene.figures if one.utilization is not None]
    queued = [job.queued for one in scene.figures for job in one.jobs if job.queued is not None]
    facts = [f"the runs since take {size(grown)}; the disk lasts {f'{days:.0f} days' if days < 3650 else 'for years'}"]
    findings = []
    if days < LEAST_DAYS:
        findings.append(Finding(text=f"the disk is full in {days:.0f} days at this pace", commands=("sluice clean",)))
    if busy and queued:
        facts.append(
            f"processors used {median(busy):.0%}, a job waits {duration(median(queued)) or '0s'}, at the median"
        )
        if median(busy) > BUSY and median(queued) > LONG_QUEUE_SECONDS:
            text = f"jobs wait {duration(median(queued))} while the processors are {median(busy):.0%} in use"
            findings.append(Finding(text=text, commands=("sluice doctor", "sluice metrics")))
    return Section(findings=tuple(findings), facts=tuple(facts))


def _sizes(scene: Scene) -> Iterator[str]:
    runs = scene.store.root / "runs"
    yield f"{count(len(scene.rows), 'run')} of this repository; all runs take {size(size_of(runs))}"
    yield f"the event store takes {size(size_of(scene.store.path))}"
    yield f"what was deployed takes {size(size_of(scene.places.environments))}"
    yield f"caches, which may be deleted at any time, {size(size_of(scene.places.cache))}"
