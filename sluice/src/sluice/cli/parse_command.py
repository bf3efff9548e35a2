"""``sluice parse``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from sluice.cli.completing import workflows


@click.command("parse", short_help="Print a workflow as its parser understands it.")
@click.argument("name", metavar="WORKFLOW", shell_complete=workflows)
@click.option("--fixture", is_flag=True, help="WORKFLOW is a case of GitHub's conformance data.")
def command(name: str, *, fixture: bool) -> int:
    """Print the template that WORKFLOW is read as, as JSON; or its errors, with exit code 2.

    \b
    sluice parse ci.yml
    sluice parse --fixture case.yml
    """
    from sluice.source.errors import UsageError
    from sluice.workflow.conformance import outcome
    from sluice.workflow.conformance_case import Fixture, FixtureOptions, read_fixture

    file = _file(name)
    try:
        text = file.read_text(encoding="utf-8")
        options = FixtureOptions(include_source=True, called=False)
        case = (
            read_fixture(text, file.name)
            if fixture
            else Fixture(file=file.as_posix(), options=options, workflow=text, others={}, expected={})
        )
    except (OSError, ValueError) as error:
        raise UsageError(f"{file} can't be read: {error}") from error
    found = outcome(case)
    click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    return 2 if "errors" in found and not fixture else 0


def _file(name: str) -> Path:
    """The path itself, which needs no repository around it, else what the name stands for in this one."""
    if Path(name).is_file():
        return Path(name)
    from sluice.app.root import project_root
    from sluice.app.workflows.repository import find_files
    from sluice.source.errors import UsageError

    found = find_files(project_root(), (name,))
    if len(found) > 1:
        raise UsageError(f"{name} has {len(found)} workflows", hint="name one file")
    return found[0]
