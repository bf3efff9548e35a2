"""``sluice lint``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("lint", short_help="Find what GitHub would refuse.")
@click.argument("paths", nargs=-1, metavar="[WORKFLOW]...")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    help="How to print what is found.",
)
def command(paths: tuple[str, ...], form: str) -> int:
    """Find what GitHub would refuse in each WORKFLOW, with its place, what is allowed, and what to do.

    \b
    sluice lint
    sluice lint ci.yml --format github
    """
    from sluice.app.linting import lint_files
    from sluice.app.repository import find_files, find_root
    from sluice.source.diagnostics import has_errors
    from sluice.views.diagnostics import as_github, as_json, as_text

    root = find_root(Path.cwd())
    files = lint_files(root, find_files(root, paths))
    found = [diagnostic for file in files for diagnostic in file.found]
    if form == "text":
        from sluice.cli.errors import use_colour

        for file in files:
            for diagnostic in file.found:
                click.echo(as_text(diagnostic, file.text, colour=use_colour()))
        click.echo(f"{len(files)} workflows, {len(found)} findings", err=True)
    else:
        show = as_json if form == "json" else as_github
        for diagnostic in found:
            click.echo(show(diagnostic))
    return 1 if has_errors(found) else 0
