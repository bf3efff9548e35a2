"""``sluice cancel``."""

from __future__ import annotations

import click

from sluice.cli.completing import runs


@click.command("cancel", short_help="Stop a run.")
@click.argument("run", default="latest", shell_complete=runs)
@click.option("--force", is_flag=True, help="At once, without post steps.")
def command(run: str, force: bool) -> int:
    """Stop RUN as Ctrl-C in its terminal would: always() and post steps still run.

    \b
    sluice cancel
    sluice cancel 20261123-190700-4f2a --force
    """
    from sluice.app.runs.cancelling import cancel_run
    from sluice.app.runs.history import find_run, open_store

    with open_store() as store:
        row = find_run(store, run)
    cancel_run(row, force=force)
    click.echo(f"asked run {row.run} to stop")
    return 0
