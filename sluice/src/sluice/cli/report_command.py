"""``sluice report``."""

from __future__ import annotations

import click

from sluice.cli.completing import runs


@click.command("report", short_help="Write a run's HTML report and print where it is.")
@click.argument("run", default="latest", shell_complete=runs)
def command(run: str) -> int:
    """Write the report of RUN anew (every finished run has one already) and print its path.

    \b
    sluice report
    xdg-open "$(sluice report latest)"
    """
    from sluice.app.runs.history import find_run, open_store
    from sluice.app.runs.interrupted import mark_interrupted
    from sluice.app.runs.reporting import write_run_report

    with open_store() as store:
        mark_interrupted(store)
        click.echo(str(write_run_report(store, find_run(store, run).run)))
    return 0
