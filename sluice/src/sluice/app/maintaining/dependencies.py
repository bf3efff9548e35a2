"""Dependencies that are out of date, and the pull requests that would update them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sluice.app.auditing import AuditOptions, audit_repository
from sluice.app.maintaining.scene import Scene
from sluice.audit.model import Part, Result, Status
from sluice.delivery.maintenance.model import Finding, Section
from sluice.evidence.model import Finding as Found
from sluice.gates.policy.model import Answer
from sluice.github.connection import connect, find_place
from sluice.repository.git import git
from sluice.source.errors import UnavailableError

BOTS = ("dependabot[bot]", "renovate[bot]")
"""Who proposes updates on GitHub."""


def look_at_dependencies(scene: Scene) -> Section:
    """Ages by ``sluice audit age``: what its gate warns of needs a person."""
    return audited(scene, (Part.AGE,))


def look_at_updates(scene: Scene) -> Section:
    """Open pull requests of update bots."""
    place = find_place()
    if place is None or scene.offline:
        if place is None and "github" not in (git(scene.root, "config", "--get-regexp", r"^remote\..*\.url$") or ""):
            return Section(nothing="the repository has no remote on GitHub")
        raise UnavailableError(
            "offline: GitHub has the pull requests"
            if scene.offline
            else "pull requests are asked for with GITHUB_TOKEN and GITHUB_REPOSITORY, which are not set",
            hint="gh pr list --app dependabot",
        )
    rows = connect(place).pages(f"/repos/{place.repository}/pulls", {"state": "open"})
    proposed = [row for row in rows if (row.get("user") or {}).get("login") in BOTS]
    return Section(findings=tuple(map(_proposal, proposed)), facts=(f"{len(proposed)} open in {place.repository}",))


def audited(scene: Scene, parts: tuple[Part, ...]) -> Section:
    """Parts of the audit as a section: what warns or fails needs a person, what was not checked says so."""
    today = dt.datetime.fromtimestamp(scene.span.until, tz=dt.UTC).date()
    found = audit_repository(scene.root, AuditOptions(only=parts, offline=scene.offline), today)
    rows = [row for row in found.report.rows if row.counts_as is not Answer.PASS]
    looked = [result for result in found.results if result.status is not Status.NOTHING]
    return Section(
        findings=tuple(_finding(row.name, row.finding) for row in rows if row.finding),
        facts=tuple(_told(result) for result in looked if result.status is not Status.NOT_CHECKED),
        unseen=tuple(one.message for one in found.report.problems if not one.waiver),
        nothing="" if looked else "nothing of the kind is here",
    )


def _finding(name: str, found: Found) -> Finding:
    where = f"{found.path}{f':{found.line}' if found.line else ''}: " if found.path else ""
    package = f"{found.package} {found.version}: " if found.package and found.package not in found.title else ""
    return Finding(text=f"{where}{name}: {package}{found.title}", commands=_commands(name))


def _told(result: Result) -> str:
    return f"{result.part}: {result.detail}"


def _commands(name: str) -> tuple[str, ...]:
    kind, _, rest = name.partition("/")
    package = rest.removesuffix("/age")
    if kind == "dependency":
        return ("sluice audit age", f"git grep --line-number --fixed-strings '{package}' -- '*.toml' '*.lock' '*.txt'")
    return ("sluice audit",)


def _proposal(row: dict[str, Any]) -> Finding:
    number, title = row.get("number"), row.get("title")
    return Finding(
        text=f"#{number} {title}, open since {str(row.get('created_at'))[:10]}",
        commands=(f"gh pr checks {number}", f"gh pr merge {number} --squash"),
    )
