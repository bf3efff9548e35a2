"""``sluice trend``."""

from __future__ import annotations

from pathlib import Path

import click

_FILE = click.Path(dir_okay=False, path_type=Path)


NOTHING = "Nothing was recorded yet: `sluice gate --record` keeps the measures it judges."


@click.command("trend", short_help="Draw a measure's history, and where its level changed.")
@click.argument("name", required=False)
@click.option("--all", "everything", is_flag=True, help="Take what was recorded on other branches, too.")
@click.option("--svg", type=_FILE, metavar="FILE", help="Draw it as SVG, too.")
@click.option("--html", type=_FILE, metavar="FILE", help="Write the page of all measures.")
@click.option("--last", type=click.IntRange(min=1), default=50, show_default=True, help="How many values.")
def command(name: str | None, everything: bool, svg: Path | None, html: Path | None, last: int) -> int:
    """Draw the history of the measure NAME on this repository's main branch; without NAME, list the names there are.

    \b
    sluice trend
    sluice trend coverage/line --last 100
    sluice trend bench/start --svg start.svg
    sluice trend --html measures.html
    """
    from sluice.app.judging.measuring import find_history, history_name
    from sluice.app.judging.trends import find_trend, write_drawing, write_page
    from sluice.app.root import project_root
    from sluice.gates.history.trend import draw_trend

    root, history = project_root(), find_history()
    if name is None and svg:
        raise click.UsageError("--svg needs the NAME to draw")
    if html:
        write_page(html, root, history, last)
    if name is None:
        lines = [] if html else history.names(history_name(root)) or [NOTHING]
    else:
        trend = find_trend(root, history, name, last, everything=everything)
        lines = draw_trend(trend.name, trend.unit, trend.points)
        if svg:
            write_drawing(svg, trend)
    click.echo("".join(f"{line}\n" for line in lines), nl=False)
    return 0
