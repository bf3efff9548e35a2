"""DORA's four figures of each environment against the span before and against the industry's bands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sluice.app.maintaining.scene import Scene
from sluice.delivery.deployment.figures import Figures, delivery_figures
from sluice.delivery.deployment.state import Deployment
from sluice.delivery.maintenance.bands import FIGURES, bands_of, is_worse
from sluice.delivery.maintenance.model import Finding, Section, Span
from sluice.views.text.wording import count, duration


def look_at_industry(scene: Scene) -> Section:
    """A figure whose band is lower than in the span before needs a person."""
    names = sorted({one.environment for one in scene.deployments if scene.span.holds(one.began)})
    if not names:
        return Section(unseen=("nothing was deployed since, so DORA's figures say nothing",))
    findings: list[Finding] = []
    facts: list[str] = []
    for name in names:
        own = [one for one in scene.deployments if one.environment == name]
        now, before = _figures(own, scene.span), _figures(own, scene.span.before)
        facts += _told(name, now, before)
        findings += _fallen(name, now, before)
    return Section(findings=tuple(findings), facts=tuple(facts))


def _figures(deployments: Sequence[Deployment], span: Span) -> Figures:
    return delivery_figures(deployments, span.since, span.until)


def _told(name: str, now: Figures, before: Figures) -> Iterator[str]:
    bands, words, earlier = bands_of(now), _words(now), _words(before)
    yield f"{name}: {count(now.deployments, 'deployment')}, {before.deployments} before; {now.caught} more were caught"
    for figure in FIGURES:
        yield f"{name}, {figure}: {words[figure]} ({bands[figure] or 'no band'}), {earlier[figure]} before"


def _words(figures: Figures) -> dict[str, str]:
    rate = figures.change_failure_rate
    texts = (
        f"{figures.per_day * 7:.2g} a week",
        duration(figures.lead_time) or "unknown",
        f"{rate:.0%}" if rate is not None else "unknown",
        duration(figures.time_to_restore) or "nothing to restore",
    )
    return dict(zip(FIGURES, texts, strict=True))


def _fallen(name: str, now: Figures, before: Figures) -> Iterator[Finding]:
    bands, earlier = bands_of(now), bands_of(before)
    for figure in FIGURES:
        if is_worse(bands[figure], earlier[figure]):
            yield Finding(
                text=f"{name}: {figure} fell from {earlier[figure]} to {bands[figure]}, {_words(now)[figure]}",
                commands=(f"sluice deploy history {name}",),
            )
