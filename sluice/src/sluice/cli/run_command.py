"""``sluice run``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from sluice.cli.completing import environments, events, workflows
from sluice.cli.completing import jobs as complete_jobs
from sluice.source.errors import UsageError


@click.command("run", short_help="Run workflows on this machine.")
@click.argument("paths", nargs=-1, metavar="[WORKFLOW]...", shell_complete=workflows)
@click.option(
    "--event",
    "-e",
    shell_complete=events,
    help="The event that starts it: push, pull_request, schedule, workflow_dispatch ...",
)
@click.option(
    "--event-file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="The event's payload, as JSON."
)
@click.option("--activity", help="The event's activity type, such as opened or labeled.")
@click.option("--ref", help="The ref that the event is about, such as refs/tags/v1.2.3.")
@click.option("--base", help="The branch that a pull request goes to.")
@click.option("--label", "labels", multiple=True, help="A label of the pull request; may be repeated.")
@click.option("--input", "-i", "inputs", multiple=True, metavar="NAME=VALUE", help="An input of workflow_dispatch.")
@click.option(
    "--job",
    "-j",
    "jobs",
    multiple=True,
    shell_complete=complete_jobs,
    help="Run this job (or leg, such as test.2) and what it needs.",
)
@click.option("--alone", is_flag=True, help="With --job: without what it needs.")
@click.option(
    "--secret",
    "-s",
    "secrets",
    multiple=True,
    metavar="NAME[=VALUE]",
    help="A secret; without a value, from the environment by this name.",
)
@click.option(
    "--secret-file", type=click.Path(path_type=Path), help="NAME=VALUE lines, readable by you alone (mode 0600)."
)
@click.option("--var", "variables", multiple=True, metavar="NAME[=VALUE]", help="A variable (the vars context).")
@click.option("--var-file", type=click.Path(path_type=Path), help="NAME=VALUE lines.")
@click.option(
    "--approve",
    "approvals",
    multiple=True,
    metavar="ENVIRONMENT",
    shell_complete=environments,
    help="Approve a protected environment beforehand.",
)
@click.option(
    "--map-action", "actions", multiple=True, metavar="OWNER/NAME=FOLDER", help="Take an action from a folder."
)
@click.option("--offline", is_flag=True, help="Fetch nothing: actions come from the cache.")
@click.option("--strict", is_flag=True, help="What can't run here fails instead of being skipped.")
@click.option("--publish", is_flag=True, help="Let outward effects go instead of rehearsing them.")
@click.option("--debug", is_flag=True, help="Debug lines in the logs (ACTIONS_STEP_DEBUG).")
@click.option(
    "--parallel", "-n", "at_once", type=click.IntRange(min=1), help="Jobs at once; the number of processors otherwise."
)
@click.option("--isolation", type=click.Choice(["auto", "none"]), help="Namespaces for each job, or none.")
@click.option("--json", "as_json", is_flag=True, help="Events as JSON lines.")
@click.option("--plain", is_flag=True, help="Plain lines, also on a terminal.")
@click.option("--quiet", "-q", is_flag=True, help="The verdict only.")
@click.option("--verbose", "-v", is_flag=True, help="Every log line as it comes (plain lines).")
@click.option("--keep", is_flag=True, help="Keep the workspaces of jobs that passed, too.")
def command(
    paths: tuple[str, ...],
    event: str | None,
    event_file: Path | None,
    activity: str | None,
    ref: str | None,
    base: str | None,
    labels: tuple[str, ...],
    inputs: tuple[str, ...],
    jobs: tuple[str, ...],
    alone: bool,
    secrets: tuple[str, ...],
    secret_file: Path | None,
    variables: tuple[str, ...],
    var_file: Path | None,
    approvals: tuple[str, ...],
    actions: tuple[str, ...],
    offline: bool,
    strict: bool,
    publish: bool,
    debug: bool,
    at_once: int | None,
    isolation: str | None,
    as_json: bool,
    plain: bool,
    quiet: bool,
    verbose: bool,
    keep: bool,
) -> int:
    """Run workflows on this machine.

    WORKFLOW is a file, a folder of files, or a workflow's file name under .github/workflows. Without one, every
    workflow that the event starts is run; the event is a push of the working tree as it stands.

    \b
    sluice run
    sluice run ci.yml --job test
    sluice run release.yml --event push --ref refs/tags/v1.2.3
    sluice run deploy.yml -i target=staging --approve staging -s TOKEN
    """
    from sluice.app.options import Output, RunOptions
    from sluice.app.run import run_workflows
    from sluice.app.secrets.reading import read_file, read_pairs, without_values

    output: Output = "json" if as_json else "quiet" if quiet else "plain" if plain or verbose else "auto"
    secret_values = read_file(secret_file, private=True, option="--secret-file") if secret_file else {}
    variable_values = read_file(var_file, private=False, option="--var-file") if var_file else {}
    return run_workflows(
        RunOptions(
            paths=paths,
            event=event,
            event_file=event_file,
            activity=activity,
            ref=ref,
            base=base,
            labels=labels,
            inputs=_assignments(inputs, "--input"),
            jobs=jobs,
            alone=alone,
            secrets=secret_values | read_pairs(secrets, os.environ, "--secret"),
            variables=variable_values | read_pairs(variables, os.environ, "--var"),
            approvals=approvals,
            actions={name: Path(place).resolve() for name, place in _assignments(actions, "--map-action").items()},
            offline=offline,
            strict=strict,
            publish=publish,
            debug=debug,
            at_once=at_once,
            isolation=isolation,
            output=output,
            verbose=verbose,
            keep=keep,
            command=without_values(sys.argv[1:], secrets),
        )
    )


def _assignments(given: tuple[str, ...], option: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError(f"{option} {text}: expected NAME=VALUE")
        pairs[name] = value
    return pairs
