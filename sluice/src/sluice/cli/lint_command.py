"""``sluice lint``."""

from __future__ import annotations

import click

from sluice.cli.completing import workflows


@click.command("lint", short_help="Find what GitHub would refuse, and what you would regret.")
@click.argument("paths", nargs=-1, metavar="[WORKFLOW]...", shell_complete=workflows)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "github"]),
    default="text",
    help="How to print what is found.",
)
@click.option(
    "--fetch", is_flag=True, help="Bring the actions and workflows that are not here yet, to check them, too."
)
def command(paths: tuple[str, ...], form: str, fetch: bool) -> int:
    """Find what GitHub would refuse in each WORKFLOW, and what it would accept and you would regret.

    \b
    sluice lint
    sluice lint ci.yml --format sarif
    """
    from sluice.app.root import project_root
    from sluice.app.workflows.linting import lint_files
    from sluice.app.workflows.repository import find_files
    from sluice.cli.errors import use_colour
    from sluice.source.diagnostics import has_errors
    from sluice.views.text.wording import count
    from sluice.workflow.lint import formats

    root = project_root()
    files = lint_files(root, find_files(root, paths), offline=not fetch)
    found = [diagnostic for file in files for diagnostic in file.found]
    texts = {file.file: file.text for file in files}
    if form == "text":
        click.echo(formats.format_text(found, texts, colour=use_colour()), nl=False)
        click.echo(f"{count(len(files), 'workflow')}, {count(len(found), 'finding')}", err=True)
    else:
        show = {"json": formats.format_json, "sarif": formats.format_sarif, "github": formats.format_annotations}[form]
        click.echo(show(found, texts), nl=False)
    return 1 if has_errors(found) else 0
