"""Reports to read: files under ``cases/evidence``, and evidence as lines that a person can compare."""

from __future__ import annotations

from pathlib import Path

from sluice.evidence.model import Evidence, Finding, Measure

CASES = Path(__file__).parent.parent / "cases" / "evidence"
REPORTS = sorted(path for path in (CASES / "ok").rglob("*") if path.is_file() and path.suffix not in {".out", ".md"})


def named(path: Path) -> str:
    """The report's name under ``ok``."""
    return path.relative_to(CASES / "ok").as_posix()


def lines_of(evidence: Evidence) -> str:
    """The evidence as text: a line for each measure, finding and problem."""
    rows = [*map(_measure, evidence.measures), *map(_finding, evidence.findings), *map(_finding, evidence.problems)]
    return "".join(f"{row}\n" for row in rows) or "nothing\n"


def _measure(found: Measure) -> str:
    samples = f" [{' '.join(f'{sample!r}' for sample in found.samples)}]" if found.samples else ""
    origin = "".join(f" {part}" for part in (found.commit, found.machine) if part)
    return f"{found.name} = {found.value!r} {found.unit}, better {found.better}, {found.tool}{origin}{samples}"


def _finding(found: Finding) -> str:
    place = f"{found.path or ''}:{found.line}" if found.line else found.path or ""
    package = " ".join(part for part in (found.package, found.version) if part)
    rest = [
        *([f"at {place}"] if place else []),
        *([f"in {package}"] if package else []),
        *([f"fixed in {', '.join(found.fixed_in)}"] if found.fixed_in else []),
        *([f"also {', '.join(found.aliases)}"] if found.aliases else []),
    ]
    return "; ".join([f"{found.name} {found.severity} {found.tool}: {found.title}", *rest])
