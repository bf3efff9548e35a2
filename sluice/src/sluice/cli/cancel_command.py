"""``sluice cancel``."""

from __future__ import annotations

import os
import signal

import click

from sluice.cli.completing import runs
from sluice.source.errors import UsageError


@click.command("cancel", short_help="Stop a run.")
@click.argument("run", default="latest", shell_complete=runs)
@click.option("--force", is_flag=True, help="At once, without post steps.")
def command(run: str, force: bool) -> int:
    """Stop RUN as Ctrl-C in its terminal would: always() and post steps still run.

    \b
    sluice cancel
    sluice cancel 20261123-190700-4f2a --force
    """
    from sluice.app.history import find_run, open_store
    from sluice.store.processes import is_alive

    with open_store() as store:
        row = find_run(store, run)
    if row.status == "completed":
        raise UsageError(f"Run {row.run} is over already")
    if not is_alive(row.engine_pid, row.engine_started):
        raise UsageError(f"The engine of run {row.run} is gone", hint=f"sluice show {row.run} marks it as interrupted")
    for _ in range(2 if force else 1):
        os.kill(row.engine_pid, signal.SIGINT)
    click.echo(f"asked run {row.run} to stop")
    return 0
