"""``sluice list``."""

from __future__ import annotations

import json
import sys
import time

import click


@click.command("list", short_help="List runs.")
@click.option("--all", "everywhere", is_flag=True, help="Runs of every repository of yours.")
@click.option(
    "--limit", "-n", type=click.IntRange(min=1, max=1_000_000), default=20, show_default=True, help="At most so many."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def command(everywhere: bool, limit: int, as_json: bool) -> int:
    """List the runs of this repository, outside of one those of all, the newest first.

    \b
    sluice list
    sluice list --all --json
    """
    from msgspec.structs import asdict

    from sluice.app.runs.history import current_root, open_store
    from sluice.app.runs.interrupted import mark_interrupted
    from sluice.app.runs.telling import tell_left_runs
    from sluice.views.run.listing import run_lines
    from sluice.views.text.glyphs import glyphs_of
    from sluice.views.text.painting import output_width, print_lines

    tell_left_runs(current_root())
    with open_store() as store:
        mark_interrupted(store)
        rows = store.runs(root=None if everywhere else current_root(), limit=limit)
    if as_json:
        for row in rows:
            click.echo(json.dumps(asdict(row)))
    elif rows:
        print_lines(run_lines(rows, time.time(), glyphs_of(sys.stdout), output_width()))
    else:
        click.echo("no runs yet: sluice run", err=True)
    return 0
