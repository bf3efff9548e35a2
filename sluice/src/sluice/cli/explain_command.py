"""``sluice explain``."""

from __future__ import annotations

import click

from sluice.cli.chosen_job import chosen_job
from sluice.cli.completing import jobs_of_run, runs


@click.command("explain", short_help="Say why a job or a step ran, or didn't.")
@click.argument("run", default="latest", shell_complete=runs)
@click.argument("job", required=False, shell_complete=jobs_of_run)
@click.argument("step", required=False)
def command(run: str, job: str | None, step: str | None) -> int:
    """Say why JOB, or its STEP (by number or id), ran or didn't, with every value of its condition.

    \b
    sluice explain
    sluice explain latest deploy
    sluice explain latest test 3
    """
    from sluice.app.runs.history import find_run, load_state, open_store
    from sluice.app.runs.interrupted import mark_interrupted
    from sluice.source.errors import UsageError
    from sluice.views.run.explanation import explain_job, explain_step
    from sluice.views.text.lines import BLANK
    from sluice.views.text.painting import output_width, print_lines

    with open_store() as store:
        mark_interrupted(store)
        state = load_state(store, find_run(store, run).run)
    width = output_width()
    if job is None:
        for _, found_job in state.ordered_jobs():
            print_lines([*explain_job(state, found_job.key, width), BLANK])
        return 0
    key = chosen_job(state, job)
    if step is None:
        print_lines(explain_job(state, key, width))
        return 0
    steps = state.jobs[key].steps
    found = next((one for one in steps.values() if step in {one.key, one.id, one.name}), None)
    if found is None:
        known = ", ".join(f"{one.key} ({one.name or one.id})" for one in steps.values())
        raise UsageError(f"No step '{step}' in {key}", hint=f"steps: {known}")
    print_lines(explain_step(state, key, found.key, width))
    return 0
