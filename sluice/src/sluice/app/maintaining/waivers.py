"""Waivers of the gates: those that are over or soon will be; at a review all of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from sluice.app.maintaining.scene import Scene
from sluice.delivery.maintenance.model import Finding, Section
from sluice.gates.policy.model import Waiver
from sluice.views.text.wording import count

SOON_DAYS = 14
"""A waiver that ends within so many days needs a decision."""


def look_at_waivers(scene: Scene) -> Section:
    """Those that end soon."""
    waivers = scene.policy.waivers
    if not waivers:
        return Section(nothing="no waiver is written in sluice.toml")
    return Section(
        findings=tuple(expiring(scene, SOON_DAYS)),
        facts=(f"{count(len(waivers), 'waiver')}, the next ends on {min(one.until for one in waivers)}",),
    )


def expiring(scene: Scene, days: int) -> Iterator[Finding]:
    """A finding for each waiver that is over, or ends within so many days."""
    today = dt.datetime.fromtimestamp(scene.span.until, tz=dt.UTC).date()
    for waiver in sorted(scene.policy.waivers, key=lambda one: one.until):
        if waiver.until < today:
            yield _finding(waiver, f"is over since {waiver.until}")
        elif waiver.until <= today + dt.timedelta(days=days):
            yield _finding(waiver, f"ends on {waiver.until}")


def _finding(waiver: Waiver, what: str) -> Finding:
    return Finding(
        text=f"{waiver.span}: the waiver of {waiver.pattern} {what}: {waiver.reason}",
        commands=(f"git log -1 --format='%an, %ad' -L{waiver.span.start.line},+1:{waiver.span.file}", "sluice audit"),
    )
