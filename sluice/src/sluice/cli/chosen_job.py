"""The job run that a command is about. In: the run's state and what was typed. Out: its key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sluice.events.state import RunState


def chosen_job(state: RunState, name: str) -> str:
    """The key of the job run that is meant. Of a matrix one leg is: that is said on standard error, with the others.

    Raises ``UsageError`` with what there is.
    """
    from sluice.app.runs.history import find_job

    key = find_job(state, name)
    others = [one for one, job in state.jobs.items() if one != key and job.node.lower() == name.lower()]
    if others:
        click.echo(f"{key} is one of the {len(others) + 1} legs of '{name}'; the others: {', '.join(others)}", err=True)
    return key
