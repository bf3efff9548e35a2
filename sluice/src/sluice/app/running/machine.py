"""This machine as a runner."""

from __future__ import annotations

from sluice.app.settings import Settings
from sluice.runners.host.isolation.isolation import levels_here
from sluice.runners.host.runner import HostRunner


def host_runner(settings: Settings, isolation: str | None = None) -> HostRunner:
    """This machine as a runner, as the repository's settings want it; ``isolation`` takes the place of theirs."""
    degrees = levels_here()
    if (isolation or settings.isolation) == "none":
        degrees = degrees[-1:]  # nothing of its own: that is no reason to leave its processes when the engine is killed
    return HostRunner(labels=settings.labels, passed=settings.passed_environment, degrees=degrees)
