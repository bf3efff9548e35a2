"""``sluice plan``."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click

from sluice.cli.completing import workflows


@click.command("plan", short_help="Show what would run, as a graph.")
@click.argument("paths", nargs=-1, metavar="[WORKFLOW]...", shell_complete=workflows)
@click.option("--format", "form", type=click.Choice(["text", "mermaid", "svg"]), default="text", help="How to draw it.")
@click.option("--offline", is_flag=True, help="Fetch nothing: called workflows are those here and in the cache.")
@click.option("--output", "-o", type=click.Path(path_type=Path), help="A file instead of the terminal.")
def command(paths: tuple[str, ...], form: str, offline: bool, output: Path | None) -> int:
    """Draw the jobs of each WORKFLOW and what they need. Nothing is run.

    \b
    sluice plan
    sluice plan ci.yml --format svg -o graph.svg
    """
    from sluice.app.workflows.planning import plan_graphs
    from sluice.app.writing import write_file
    from sluice.cli.errors import show_diagnostics, use_colour
    from sluice.plan.drawing.mermaid import draw_mermaid
    from sluice.plan.drawing.svg import draw_svg
    from sluice.plan.drawing.text import draw_text

    draw = {
        "text": lambda view: draw_text(view, width=_width(), colour=use_colour() and output is None),
        "mermaid": draw_mermaid,
        "svg": draw_svg,
    }[form]
    views, notices = plan_graphs(Path.cwd(), paths, offline=offline)
    show_diagnostics(notices)
    several = form == "text" and len(views) > 1
    text = "\n\n".join(f"{view.title}\n{draw(view)}" if several else draw(view) for view in views)
    if output is None:
        click.echo(text)
    else:
        write_file(output, text + "\n")
        click.echo(f"drawn: {output}")
    return 0


def _width() -> int | None:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
