"""``sluice show``."""

from __future__ import annotations

import sys

import click

from sluice.cli.completing import runs


@click.command("show", short_help="Show one run.")
@click.argument("run", default="latest", shell_complete=runs)
@click.option("--json", "as_json", is_flag=True, help="Its events, one JSON object a line.")
def command(run: str, as_json: bool) -> int:
    """Show RUN (latest without a name): its jobs, annotations, artifacts, verdict.

    \b
    sluice show
    sluice show '#12'
    """
    from sluice.app.runs.history import current_root, find_run, open_store
    from sluice.app.runs.interrupted import mark_interrupted
    from sluice.app.runs.presentation import static_view
    from sluice.app.runs.telling import tell_left_runs
    from sluice.views.streams.machine import MachineView

    tell_left_runs(current_root())
    with open_store() as store:
        mark_interrupted(store)
        row = find_run(store, run)
        view = MachineView(sys.stdout.buffer) if as_json else static_view(store, row.run)
        for record in store.read(row.run):
            view.show(record)
        view.close()
    return 0
