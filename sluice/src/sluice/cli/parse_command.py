"""``sluice parse``."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command("parse", short_help="Print a workflow as its parser understands it.")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--fixture", is_flag=True, help="FILE is a case of GitHub's conformance data.")
def command(file: Path, *, fixture: bool) -> int:
    """Print the template that FILE is read as, as JSON; or its errors, with exit code 2.

    \b
    sluice parse .github/workflows/ci.yml
    sluice parse --fixture case.yml
    """
    from sluice.source.errors import UsageError
    from sluice.workflow.conformance import outcome
    from sluice.workflow.conformance_case import Fixture, FixtureOptions, read_fixture

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
