"""A report as measures and as SARIF, for gates. Pure.

``image/unpacked`` is the size on disk, ``image/size`` what a registry keeps: only an archive with packed layers tells.
"""

from __future__ import annotations

from collections.abc import Iterator

from sluice.evidence.model import Better, Measure
from sluice.images.model import ImageReport


def measures_of(report: ImageReport, name: str = "image") -> Iterator[Measure]:
    """The numbers, under ``name``."""
    sizes = {"unpacked": report.size, "wasted": report.wasted}
    if report.packed is not None:
        sizes["size"] = report.packed
    sizes |= {f"layer/{number}": layer.size for number, layer in enumerate(report.layers, start=1)}
    counts = {"layers": len(report.layers), "packages": len(report.packages), "forbidden": len(report.forbidden)}
    for unit, values in (("B", sizes), ("count", counts)):
        for part, value in values.items():
            yield Measure(name=f"{name}/{part}", unit=unit, better=Better.LOWER, value=value, tool="sluice image")


def problems_of(report: ImageReport) -> Iterator[tuple[str, str, str]]:
    """Rule, message and place of what is wrong with the image; requirements are not judged here."""
    for found in report.forbidden:
        still = ", deleted by a later layer and still there for anyone" if found.hidden else ""
        yield "forbidden-content", f"layer {found.layer} holds {found.path}: {found.reason}{still}", found.path
    if report.configuration.runs_as_root:
        yield "runs-as-root", "the image runs as root: USER names nobody else", "Dockerfile"
    if not report.configuration.has_health_check:
        yield "no-health-check", "the image can't be asked how it is: it has no HEALTHCHECK", "Dockerfile"


_LEVELS = {"forbidden-content": "error", "runs-as-root": "error", "no-health-check": "warning"}


def sarif_of(report: ImageReport) -> dict[str, object]:
    """SARIF 2.1.0."""
    found = list(problems_of(report))
    rules = [{"id": rule, "shortDescription": {"text": rule.replace("-", " ")}} for rule in _LEVELS]
    results = [
        {
            "ruleId": rule,
            "level": _LEVELS[rule],
            "message": {"text": f"{report.name}: {message}"},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": place}, "region": {"startLine": 1}}}],
        }
        for rule, message, place in found
    ]
    driver = {"name": "sluice image", "rules": rules}
    return {
        "version": "2.1.0",
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }
