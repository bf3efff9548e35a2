"""``sluice logs``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from sluice.cli.chosen_job import chosen_job
from sluice.cli.completing import jobs_of_run, runs

if TYPE_CHECKING:
    from sluice.events.state import RunState, StepState
    from sluice.store.runs.sqlite import SqliteStore


@click.command("logs", short_help="Print a run's logs.")
@click.argument("run", default="latest", shell_complete=runs)
@click.argument("job", required=False, shell_complete=jobs_of_run)
@click.option("--step", "-s", help="Only this step, by its number, id or name.")
@click.option("--follow", "-f", is_flag=True, help="Go on as long as the run does.")
@click.option("--raw", is_flag=True, help="The bytes as they were kept.")
def command(run: str, job: str | None, step: str | None, follow: bool, raw: bool) -> int:
    """Print what the steps of RUN wrote, of one JOB or of all.

    \b
    sluice logs
    sluice logs latest test.2 --step 3
    sluice logs latest -f
    """
    from sluice.app.runs.history import find_run, load_state, open_store
    from sluice.app.runs.interrupted import mark_interrupted

    with open_store() as store:
        mark_interrupted(store)
        row = find_run(store, run)
        if follow:
            _follow(store, row.run)
            return 0
        state = load_state(store, row.run)
        keys = [chosen_job(state, job)] if job else list(state.jobs)
        if job and not any(one.log for one in state.jobs[keys[0]].steps.values()):
            click.echo(_nothing(state, keys[0]), err=True)
        return max([_print_job(store, state, key, step, raw=raw) for key in keys], default=0)


def _nothing(state: RunState, key: str) -> str:
    """What is said of a job that wrote nothing: why it did not run."""
    from sluice.views.run.outline import job_state
    from sluice.views.run.phrases import skip_phrase, state_word
    from sluice.views.text.lines import label

    job = state.jobs[key]
    why = skip_phrase(state, job)
    return f"'{label(job.name)}' wrote nothing: {state_word(job_state(state, job))}{f' ({why})' if why else ''}"


def _print_job(store: SqliteStore, state: RunState, key: str, wanted: str | None, *, raw: bool) -> int:
    """What is there of the job's log; 2 when some of it is not there any more."""
    from sluice.app.runs.presentation import log_reader
    from sluice.views.run.logs import step_log
    from sluice.views.text.painting import print_lines

    read = log_reader(store.folder(state.run))
    for step in _steps(state, key, wanted):
        if raw:
            for place in step.log:
                click.echo(read(key, place.offset, place.length), nl=False)
            continue
        print_lines(step_log(state.jobs[key], step, read))
    return 0 if _is_whole(store, state, key) else 2


def _is_whole(store: SqliteStore, state: RunState, key: str) -> bool:
    from sluice.app.runs.presentation import log_path

    path = log_path(store.folder(state.run), key)
    wanted = max(
        (place.offset + place.length for step in state.jobs[key].steps.values() for place in step.log), default=0
    )
    kept = path.stat().st_size if path.is_file() else None
    if wanted > (kept or 0):
        click.echo(f"sluice: the log of '{key}' is {'gone' if kept is None else 'cut short'}: {path}", err=True)
        return False
    return True


def _steps(state: RunState, key: str, wanted: str | None) -> Iterator[StepState]:
    from sluice.source.errors import UsageError
    from sluice.views.run.logs import steps_with_logs

    found = [step for step in steps_with_logs(state.jobs[key]) if wanted is None or _is(step, wanted)]
    if wanted is not None and not found:
        names = ", ".join(f"{step.key} ({step.name})" for step in steps_with_logs(state.jobs[key]))
        raise UsageError(f"No step '{wanted}' in {key}", hint=f"steps: {names}")
    return (step for step in found if step.log)


def _is(step: StepState, wanted: str) -> bool:
    return wanted.lower() in {step.key.lower(), step.id.lower(), step.name.lower()}


def _follow(store: SqliteStore, run: str) -> None:
    from sluice.app.runs.presentation import static_view

    view = static_view(store, run, verbose=True)
    for record in store.follow(run):
        view.show(record)
    view.close()
