"""``sluice shell``."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sluice.cli.chosen_job import chosen_job
from sluice.cli.completing import jobs_of_run, runs
from sluice.source.errors import UsageError

if TYPE_CHECKING:
    from sluice.engine.steps.failure import FailedStep


@click.command("shell", short_help="Open the workspace of a job with its environment.")
@click.argument("run", default="latest", shell_complete=runs)
@click.argument("job", required=False, shell_complete=jobs_of_run)
@click.option("--command", "-c", "script", help="Run this instead of an interactive shell.")
def command(run: str, job: str | None, script: str | None) -> int:
    """Stand where the failed step of JOB stood: its folder, its variables, its PATH.

    \b
    sluice shell latest test
    sluice shell latest test -c 'pytest -x'
    """
    from sluice.app.runs.history import find_run, load_state, open_store
    from sluice.engine.steps.failure import FILE
    from sluice.runners.job_folders import JobFolders, kept_folder

    with open_store() as store:
        row = find_run(store, run)
        state = load_state(store, row.run)
        key = (
            chosen_job(state, job) if job else _failed_job(state.run, {k: j.conclusion for k, j in state.jobs.items()})
        )
        kept = kept_folder(store.folder(row.run), key)
    found = _read(kept / FILE, key)
    shell = os.environ.get("SHELL", "/bin/sh")
    words = [shell, "-c", script] if script else [shell]
    environment = {**found.environment, "TERM": os.environ.get("TERM", "dumb")}
    click.echo(f"step {found.step} of {key} ran: {' '.join(found.command)}", err=True)
    root = Path(found.root)
    with JobFolders(root.parent).lend(root, kept) as lent:
        if not lent:
            raise UsageError(f"Another run of '{key}' is working in {root}", hint="wait for its end, or cancel it")
        return subprocess.run(words, cwd=found.directory, env=environment, check=False).returncode


def _failed_job(run: str, conclusions: dict[str, str | None]) -> str:
    failed = [key for key, conclusion in conclusions.items() if conclusion == "failure"]
    if not failed:
        hint = f"name one of: {', '.join(conclusions)}" if conclusions else "it ended before it had any"
        raise UsageError(f"No job of run {run} failed", hint=hint)
    return failed[0]


def _read(path: Path, key: str) -> FailedStep:
    import msgspec

    from sluice.engine.steps.failure import FailedStep

    try:
        return msgspec.json.decode(path.read_bytes(), type=FailedStep)
    except (OSError, msgspec.MsgspecError) as error:
        raise UsageError(
            f"'{key}' left no step's process to stand in: it passed, or failed without having started one",
            hint="workspaces of jobs that passed are removed; --keep keeps them, and `sluice logs` says what failed",
        ) from error
