"""``sluice trend``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("trend", short_help="Draw a measure's history, and where its level changed.")
@click.argument("name", required=False)
@click.option("--last", type=click.IntRange(min=1), default=50, show_default=True, help="How many values.")
def command(name: str | None, last: int) -> int:
    """Draw the history of the measure NAME in this repository; without NAME, list the names there are.

    \b
    sluice trend
    sluice trend coverage/line --last 100
    """
    from sluice.app.measuring import draw, find_history
    from sluice.app.repository import find_root

    root, history = find_root(Path.cwd()), find_history()
    lines = history.names(str(root)) if name is None else draw(root, history, name, last)
    click.echo("".join(f"{line}\n" for line in lines), nl=False)
    return 0
