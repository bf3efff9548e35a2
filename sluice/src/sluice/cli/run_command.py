"""``sluice run``."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from sluice.cli.completing import environments, events, inputs, workflows
from sluice.cli.completing import jobs as complete_jobs
from sluice.cli.given_secrets import secret_option
from sluice.cli.outputs import check_outputs, chosen_output
from sluice.source.errors import UsageError

if TYPE_CHECKING:
    from sluice.app.running.options import RunOptions

_AS_GIVEN = (
    *("paths", "event", "event_file", "activity", "ref", "base", "labels", "jobs", "alone", "approvals"),
    "wait_for_review",
    *("offline", "strict", "publish", "debug", "at_once", "isolation", "verbose", "keep"),
)
"""The options that a run takes as they are."""
_OUTPUTS = ("as_json", "quiet", "plain", "verbose")


@click.command("run", short_help="Run workflows on this machine.")
@click.argument("paths", nargs=-1, metavar="[WORKFLOW]...", shell_complete=workflows)
@click.option(
    "--event",
    "-e",
    shell_complete=events,
    help="The event that starts it: push, pull_request, schedule, workflow_dispatch ...",
)
@click.option(
    "--event-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True),
    help="The event's payload, as JSON; - reads it from standard input.",
)
@click.option("--activity", help="The event's activity type, such as opened or labeled.")
@click.option("--ref", help="The ref that the event is about, such as refs/tags/v1.2.3.")
@click.option("--base", help="The branch that a pull request goes to.")
@click.option("--label", "labels", multiple=True, help="A label of the pull request or issue; may be repeated.")
@click.option(
    "--input",
    "-i",
    "inputs",
    multiple=True,
    metavar="NAME=VALUE",
    shell_complete=inputs,
    help="An input of workflow_dispatch, or of a called workflow that is run by itself.",
)
@click.option(
    "--job",
    "-j",
    "jobs",
    multiple=True,
    shell_complete=complete_jobs,
    help="Run this job (or leg, such as test.2) and what it needs.",
)
@click.option("--alone", is_flag=True, help="With --job: without what it needs.")
@secret_option("A secret; without a value, from the environment by this name.")
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
    "--wait-for-review", is_flag=True, help="Wait until somebody answers for a protected environment on the web page."
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
def command(**given: Any) -> int:  # noqa: ANN401 - each option's own type stands above
    """Run workflows on this machine.

    WORKFLOW is a file, a folder of files, or a workflow's file name under .github/workflows. Without one, every
    workflow that the event starts is run; the event is a push of the working tree as it stands.

    \b
    sluice run
    sluice run ci.yml --job test
    sluice run release.yml --event push --ref refs/tags/v1.2.3
    sluice run deploy.yml -i target=staging --approve staging -s TOKEN
    """
    from sluice.app.running.run import run_workflows
    from sluice.app.secrets.reading import without_values

    check_outputs(**{name: given[name] for name in _OUTPUTS})
    return run_workflows(replace(options_of(given), command=without_values(sys.argv[1:], given["secrets"])))


def repeated_options(words: Sequence[str], known: Mapping[str, str], run: str) -> RunOptions:
    """What an earlier ``sluice run`` was told, by the words after ``run``. ``known`` are secrets that are given now.

    Raises ``UsageError`` for a file, a variable or a secret of then that isn't there now.
    """
    given = command.make_context("run", list(words)).params
    asked = tuple(name for name in given["secrets"] if name not in known)
    if lost := [name for name in asked if name not in os.environ]:
        several = "secrets" if len(lost) > 1 else "secret"
        named, again = " and ".join(lost), " ".join(f"-s {name}=..." for name in lost)
        raise UsageError(
            f"Run {run} had the {several} {named}, whose value{'s' if len(lost) > 1 else ''} no run keeps",
            hint=f"add {again}, or set {'them' if len(lost) > 1 else 'it'} in the environment under the same name",
        )
    return options_of({**given, "secrets": asked})


def options_of(given: Mapping[str, Any]) -> RunOptions:
    """The options of ``sluice run`` by their parameters' names. Raises ``UsageError``."""
    from sluice.app.running.options import RunOptions
    from sluice.app.secrets.reading import read_file, read_pairs, read_secrets

    if given["alone"] and not given["jobs"]:
        raise UsageError("--alone is for a job that is named", hint="add --job NAME")
    variable_file = given["var_file"]
    variables = read_file(variable_file, private=False, option="--var-file") if variable_file else {}
    mapped = _assignments(given["actions"], "--map-action")
    return RunOptions(
        **{name: given[name] for name in _AS_GIVEN},
        inputs=_assignments(given["inputs"], "--input"),
        secrets=read_secrets(given["secrets"], given["secret_file"]),
        variables=variables | read_pairs(given["variables"], os.environ, "--var"),
        actions={name: Path(place).resolve() for name, place in mapped.items()},
        output=chosen_output(**{name: given[name] for name in _OUTPUTS}),
    )


def _assignments(given: tuple[str, ...], option: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError(f"{option} {text}: expected NAME=VALUE")
        pairs[name] = value
    return pairs
