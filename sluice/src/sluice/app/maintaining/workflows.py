"""Workflow files by the linter, and secrets and variables that are declared for nobody."""

from __future__ import annotations

from collections.abc import Iterator

from sluice.app.announcing import name_of_secret
from sluice.app.maintaining.scene import Scene
from sluice.app.secrets.listing import Entry, list_entries
from sluice.app.secrets.sources import Values
from sluice.app.workflows.linting import lint_files
from sluice.app.workflows.repository import find_files
from sluice.delivery.maintenance.model import Finding, Section
from sluice.plan.uses import Kind
from sluice.source.diagnostics import Diagnostic, Severity
from sluice.views.text.wording import count


def look_at_workflows(scene: Scene) -> Section:
    """Errors and warnings of ``sluice lint``; actions that it could not look into."""
    files = lint_files(scene.root, find_files(scene.root, ()), offline=scene.offline)
    found = [diagnostic for file in files for diagnostic in file.found]
    return Section(
        findings=tuple(_finding(one) for one in found if one.severity is not Severity.NOTICE),
        facts=(f"{count(len(files), 'workflow file')}",),
        unseen=tuple(one.message for one in found if one.rule == "not-checked"),
    )


def look_at_secrets(scene: Scene) -> Section:
    """Names that ``sluice.toml`` declares and nothing uses: no job, nothing that is deployed, no channel."""
    entries = list_entries(scene.root, (), Values(), offline=True)
    deployed = {name for one in scene.settings.environments.values() if one.target for name in one.secrets}
    told = {name_of_secret(channel) for channel in scene.settings.channels}
    idle = [one for one in entries if not one.jobs and one.name not in deployed | told]
    unused = sorted(_unused_variables(scene, entries))
    return Section(
        findings=tuple(
            Finding(text=f"the {kind} {name} is declared and nothing uses it", commands=_commands(name))
            for kind, name in [*((one.kind.value, one.name) for one in idle), *(("variable", name) for name in unused)]
        ),
        facts=(f"{count(len(entries), 'name')} used or declared",),
    )


def _unused_variables(scene: Scene, entries: list[Entry]) -> Iterator[str]:
    used = {one.name.upper() for one in entries if one.kind is Kind.VARIABLE}
    given = {
        *scene.settings.variables,
        *(name for one in scene.settings.environments.values() if not one.target for name in one.variables),
    }
    return (name for name in given if name.upper() not in used)


def _commands(name: str) -> tuple[str, ...]:
    return ("sluice secrets", f"git grep --line-number --word-regexp {name}")


def _finding(found: Diagnostic) -> Finding:
    return Finding(text=f"{found.span}: {found.message}", commands=(f"sluice lint {found.span.file}",))
