"""An audit of a repository: settings and policy, what it may ask, what is written. In: options. Out: results, a report.

On a pull request the settings and waivers are the base commit's: a change can't allow its own secret.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from sluice.app.judging.gating import base_commit, file_of_commit, read_policy_file
from sluice.app.settings import FILE, settings_text
from sluice.app.workflows.linting import lint_files
from sluice.app.writing import write_file
from sluice.audit.auditing import audit, evidence_of
from sluice.audit.judging import judge_audit
from sluice.audit.model import AuditSettings, NotCheckedError, Part, Result, Scene
from sluice.audit.output.bill import as_bill
from sluice.audit.output.machine import as_json
from sluice.audit.output.sarif import as_sarif
from sluice.audit.packages.finding import find_packages
from sluice.audit.packages.model import Ecosystem
from sluice.audit.parts.licences import licensed_packages
from sluice.audit.programs import run_program
from sluice.audit.settings import read_audit_settings
from sluice.audit.sources import find_sources
from sluice.evidence.records import record_line
from sluice.gates.policy.model import Policy
from sluice.gates.policy.reading import read_policy
from sluice.gates.verdict.model import Report
from sluice.source.diagnostics import Diagnostic
from sluice.source.errors import UnavailableError
from sluice.store.places import find_places


class AuditOptions(Struct, frozen=True, kw_only=True):
    """Which parts, where advisories are, and whether anything may be asked outside."""

    only: tuple[Part, ...] = ()
    skip: tuple[Part, ...] = ()
    advisories: Path | None = None
    offline: bool = False


class Audit(Struct, frozen=True, kw_only=True):
    """What came of it."""

    scene: Scene
    results: tuple[Result, ...]
    report: Report

    def as_sarif(self) -> str:
        """One log of all tools."""
        rows = (row for row in self.report.rows if row.finding and row.waiver)
        return as_sarif(self.results, {row.finding: row.waiver.reason for row in rows if row.finding and row.waiver})

    def as_json(self) -> str:
        """For programs."""
        return as_json(self.results, self.report)

    def as_bill(self) -> str:
        """Everything that the lock files pin, as CycloneDX. Raises ``UnavailableError``."""
        crates = find_packages(self.scene.root, self.scene.files, Ecosystem.CRATES).pinned
        try:
            return as_bill([*licensed_packages(self.scene), *crates], self.scene.root)
        except NotCheckedError as error:
            raise UnavailableError(error.message, hint=error.hint) from error

    def measures(self) -> bytes:
        """Sluice's own records of what was measured."""
        return b"".join(map(record_line, evidence_of(self.results).measures))


def audit_repository(root: Path, options: AuditOptions, today: dt.date) -> Audit:
    """Check and judge. Raises ``UsageError`` and ``InvalidInputError`` for settings and policy."""
    settings, policy = load_both(root, os.environ)
    if options.advisories:
        settings = replace(settings, advisories=str(options.advisories.absolute()))
    scene = Scene(
        root=root,
        files=find_sources(root, settings.exclude),
        today=today,
        settings=settings,
        run=run_program,
        lint=lambda names: _lint(root, names),
        settled=lambda name: settled_file(root, name, os.environ),
        offline=options.offline,
        cache=find_places().cache / "audit",
    )
    left_out = {*settings.skip, *options.skip} if not options.only else set(options.skip)
    results = audit(scene, [part for part in options.only or Part if part not in left_out])
    return Audit(scene=scene, results=results, report=judge_audit(evidence_of(results), policy, today))


def load_both(root: Path, environment: Mapping[str, str]) -> tuple[AuditSettings, Policy]:
    """Settings and policy of the same version of ``sluice.toml``; without the file, the defaults."""
    base = base_commit(environment)
    if settings_text(root) is None and (base is None or file_of_commit(root, base, FILE) is None):
        return AuditSettings(), Policy()
    text, origin = read_policy_file(root, base)
    policy = read_policy(text, origin)
    return read_audit_settings(text, origin.file), policy


def settled_file(root: Path, name: str, environment: Mapping[str, str]) -> bytes | None:
    """The file as the pull request's base has it, else as it stands; nothing where it isn't there. Raises
    ``UnavailableError`` and ``OSError``.
    """
    base = base_commit(environment)
    if base is not None:
        return file_of_commit(root, base, name)
    return (root / name).read_bytes() if (root / name).is_file() else None


def _lint(root: Path, names: Iterable[str]) -> Iterator[Diagnostic]:
    for file in lint_files(root, [root / name for name in names]):
        yield from file.found


def write_into(folder: Path, found: Audit) -> None:
    """``audit.sarif`` and, with measures, ``audit.jsonl``: a folder that ``sluice gate`` judges as it is."""
    write_file(folder / "audit.sarif", found.as_sarif())
    if measures := found.measures():
        write_file(folder / "audit.jsonl", measures)
