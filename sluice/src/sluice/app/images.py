"""``sluice image``: fetch, look, write what was asked for. In: names of images. Out: reports and files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct, to_builtins

from sluice.app.judging.measuring import keep_measures
from sluice.app.settings import FILE, settings_text
from sluice.app.writing import write_file
from sluice.images.analysis import analyze
from sluice.images.bills import cyclonedx, spdx
from sluice.images.comparison import Comparison
from sluice.images.fetching import image_file
from sluice.images.measures import measures_of, problems_of, sarif_of
from sluice.images.model import ImageReport
from sluice.images.policy import ContentPolicy, read_policy

REQUIREMENTS = {"non-root": "runs-as-root", "health-check": "no-health-check"}
"""What ``--require`` may ask for, and the problem that breaks it."""


class Wanted(Struct, frozen=True, kw_only=True):
    """The files to write; ``name`` is the measures' first word."""

    measures: Path | None = None
    sarif: Path | None = None
    cyclonedx: Path | None = None
    spdx: Path | None = None
    name: str = "image"


def look(image: str, root: Path | None, *, pack: bool = False) -> ImageReport:
    """The report of an image or an archive, by the policy of the repository at ``root``, or the usual rules."""
    with image_file(image) as path:
        policy = policy_of(root) if root else ContentPolicy()
        return analyze(path, policy, None if path == Path(image) else image, pack=pack)


def policy_of(root: Path) -> ContentPolicy:
    """The ``[image]`` table of ``sluice.toml``; without a file the usual rules."""
    return read_policy(settings_text(root) or "", FILE)


def write(report: ImageReport, wanted: Wanted) -> None:
    """Write what is wanted. Raises ``UsageError`` for a file that can't be written."""
    now = datetime.now(UTC)
    if wanted.measures:
        keep_measures(wanted.measures, measures_of(report, wanted.name))
    _document(wanted.sarif, lambda: sarif_of(report))
    _document(wanted.cyclonedx, lambda: cyclonedx(report, now))
    _document(wanted.spdx, lambda: spdx(report, now))


def _document(path: Path | None, make: Callable[[], object]) -> None:
    if path is not None:
        write_file(path, json.dumps(make(), indent=2) + "\n")


def failures(report: ImageReport, requirements: Iterable[str]) -> list[str]:
    """Why the image does not pass: forbidden content always, the rest where it is required."""
    broken = {"forbidden-content", *(REQUIREMENTS[name] for name in requirements)}
    return [message for rule, message, _ in problems_of(report) if rule in broken]


def as_json(found: ImageReport | Comparison) -> str:
    """A report, or two, as JSON."""
    if isinstance(found, Comparison):
        differing = {"grown": found.grown, "packages": found.packages, "settings": found.settings}
        return json.dumps({"before": _plain(found.before), "after": _plain(found.after), **_built(differing)}, indent=2)
    return json.dumps(_plain(found), indent=2)


def _plain(report: ImageReport) -> dict[str, object]:
    sums = {"size": report.size, "wasted": report.wasted}
    return {**_built(report), **sums, "runs_as_root": report.configuration.runs_as_root}


def _built(value: object) -> dict[str, object]:
    built: dict[str, object] = to_builtins(value)
    return built
