"""Environments, their history, and what would change. In: facts. Out: lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sluice.delivery.deployment.events import Release
from sluice.delivery.deployment.state import Deployment, Phase
from sluice.views.deployments.facts import Difference, Status
from sluice.views.text.glyphs import Glyphs
from sluice.views.text.lines import BLANK, Line, label, line, pad, table
from sluice.views.text.wording import age, count, duration, moment

_STATES = {
    "healthy": "success",
    "unhealthy": "failure",
    "down": "failure",
    "empty": "pending",
    "unknown": "skipped",
}
_PHASES = {
    Phase.FINISHED: "success",
    Phase.ROLLED_BACK: "failure",
    Phase.ABANDONED: "interrupted",
    Phase.FAILED: "failure",
}
_SHOWN_COMMITS = 12


def status_lines(statuses: Sequence[Status], now: float, glyphs: Glyphs) -> list[Line]:
    """A line for each environment, with what is wrong beneath it."""
    rows = table(
        [["environment", "version", "since", "health", "target", "url"], *(_row(one, now) for one in statuses)]
    )
    shown = [line(("  " + "  ".join(rows[0]).rstrip(), "quiet"))]
    for status, row in zip(statuses, rows[1:], strict=True):
        state = _STATES[status.health]
        cells = [(text, role) for text, role in zip(row, ("strong", "", "quiet", state, "quiet", "code"), strict=True)]
        shown.append(line((glyphs.of(state), state), " ", *(part for cell in cells for part in (cell, "  "))))
        shown += list(_beneath(status, glyphs))
    return shown


def _row(status: Status, now: float) -> list[str]:
    live = status.live if status.standing.live is not None or status.health == "unknown" else None
    since = age(now - (live.switched or live.changed)) if live else ""
    version = label(live.release.version) if live else "nothing"
    return [status.environment, version, since, status.health, status.kind, status.url]


def _beneath(status: Status, glyphs: Glyphs) -> Iterator[Line]:
    if status.unnamed:
        yield line("    ", (label(status.unnamed), "warning"))
    yield from (line("    ", (label(text), "failure")) for text in status.ill.splitlines())
    for part in status.standing.parts:
        detail = f"  {label(part.detail)}" if part.detail else ""
        yield line("    ", (f"{glyphs.dot} {label(part.name)}  {part.state}{detail}", "quiet"))
    if status.under_way:
        one = status.under_way
        yield line("    ", (f"{glyphs.running} {one.name}: {label(one.release.version)} is {one.phase}", "running"))
    last = status.last
    if last is not None and last.phase in {Phase.ROLLED_BACK, Phase.ABANDONED}:
        yield line(
            "    ", (f"{last.name}: {label(last.release.version)} was {last.phase}: {_first(last.reason)}", "warning")
        )


def history_lines(deployments: Sequence[Deployment], now: float, glyphs: Glyphs) -> list[Line]:
    """A line for each deployment, and why it ended as it did."""
    rows = table([_past(one, now) for one in deployments], right=(4,))
    shown: list[Line] = []
    for deployment, row in zip(deployments, rows, strict=True):
        state = _PHASES.get(deployment.phase, "running")
        roles = ("strong", "", state, "quiet", "quiet", "quiet")
        parts = (part for text, role in zip(row, roles, strict=True) for part in ((text, role), "  "))
        shown.append(line((glyphs.of(state), state), " ", *parts))
        shown += [line("    ", (label(text), "quiet")) for text in _whys(deployment)]
    return shown


def _past(one: Deployment, now: float) -> list[str]:
    before = one.request.previous
    versions = f"{label(before.version)} → {label(one.release.version)}" if before else label(one.release.version)
    kind = "" if one.request.kind == "deploy" else f" ({one.request.kind})"
    took = duration(one.changed - one.began) if one.is_over else ""
    phase = "stopped" if one.is_stop and one.is_over else str(one.phase)
    return [one.name, versions + kind, phase, label(one.request.actor), took, age(now - one.began)]


def _whys(one: Deployment) -> Iterator[str]:
    if one.request.why:
        yield one.request.why
    if one.request.approved_by:
        yield f"approved by {one.request.approved_by}"
    if one.phase is not Phase.FINISHED and one.reason:
        yield from one.reason.splitlines()
    if one.recovered:
        ended = "finished" if one.phase is Phase.FINISHED else "undone"
        yield f"{ended} by a later command"


def _first(text: str) -> str:
    return label(text.splitlines()[0]) if text else ""


def difference_lines(found: Difference, environment: str, glyphs: Glyphs) -> list[Line]:
    """Commits, changelog and configuration, as far as there are any."""
    arrow = f"{_named(found.here)} {glyphs.arrow} {_named(found.there)}"
    shown = [line((environment, "strong"), "  ", arrow), *_unlike(found)]
    if found.here and found.here.commit == found.there.commit:
        return [*shown, line("  nothing would change")]
    for heading, rows, role in (
        (count(len(found.commits), "commit"), found.commits, ""),
        (f"{count(len(found.dropped), 'commit')} would be gone", found.dropped, "failure"),
        ("changelog", found.changelog, "diff"),
        ("configuration", found.configuration, "diff"),
    ):
        if rows:
            shown += [BLANK, line("  ", (heading, "heading")), *_some(rows, role)]
    return shown


def _unlike(found: Difference) -> Iterator[Line]:
    if found.unlike:
        told = f"the commit's sluice.toml counts for how it runs, not the working tree's {found.unlike}"
        yield line("  ", (told, "warning"))


def _some(rows: Sequence[str], role: str) -> Iterator[Line]:
    for row in rows[:_SHOWN_COMMITS]:
        colour = ("success" if row.startswith("+") else "failure") if role == "diff" else role
        yield line("    ", (label(row), colour))
    if len(rows) > _SHOWN_COMMITS:
        yield line("    ", (f"and {len(rows) - _SHOWN_COMMITS} more", "quiet"))


def _named(release: Release | None) -> str:
    if release is None:
        return "nothing"
    made = f" ({moment(release.committed)})" if release.committed else ""
    return f"{pad(label(release.version), 0)}{made}"
