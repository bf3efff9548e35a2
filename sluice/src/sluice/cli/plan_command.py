"""``sluice plan``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("plan", short_help="Show what would run, as a graph.")
@click.argument("paths", nargs=-1, metavar="[WORKFLOW]...")
@click.option("--format", "form", type=click.Choice(["text", "mermaid", "svg"]), default="text", help="How to draw it.")
@click.option("--output", "-o", type=click.Path(path_type=Path), help="A file instead of the terminal.")
def command(paths: tuple[str, ...], form: str, output: Path | None) -> int:
    """Draw the jobs of each WORKFLOW and what they need. Nothing is run.

    \b
    sluice plan
    sluice plan ci.yml --format svg -o graph.svg
    """
    from sluice.app.repository import find_files, find_root, read_workflows
    from sluice.plan.drawing.mermaid import draw_mermaid
    from sluice.plan.drawing.svg import draw_svg
    from sluice.plan.drawing.text import draw_text
    from sluice.plan.drawing.view import view_of
    from sluice.plan.graph import build_graph

    root = find_root(Path.cwd())
    draw = {"text": draw_text, "mermaid": draw_mermaid, "svg": draw_svg}[form]
    drawn = [draw(view_of(build_graph(read.workflow))) for read in read_workflows(root, find_files(root, paths))]
    text = "\n\n".join(drawn)
    if output is None:
        click.echo(text)
    else:
        output.write_text(text + "\n", encoding="utf-8")
        click.echo(f"drawn: {output}")
    return 0
