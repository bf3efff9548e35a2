"""``sluice rerun``."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from msgspec.structs import replace

from sluice.cli.completing import runs
from sluice.cli.given_secrets import secret_option
from sluice.cli.outputs import check_outputs, chosen_output


@click.command("rerun", short_help="Run a run again, whole or only what failed.")
@click.argument("run", default="latest", shell_complete=runs)
@click.option("--failed", is_flag=True, help="Only what failed, and what depends on it.")
@secret_option("A secret; none is ever kept.")
@click.option("--secret-file", type=click.Path(path_type=Path), help="NAME=VALUE lines (mode 0600).")
@click.option("--approve", "approvals", multiple=True, metavar="ENVIRONMENT", help="Approve an environment beforehand.")
@click.option("--publish", is_flag=True, help="Let outward effects go; without it they are rehearsed.")
@click.option(
    "--wait-for-review", is_flag=True, help="Wait until somebody answers for a protected environment on the web page."
)
@click.option("--debug", is_flag=True, help="Debug lines in the logs.")
@click.option("--quiet", "-q", is_flag=True, help="The verdict only.")
@click.option("--plain", is_flag=True, help="Plain lines, also on a terminal.")
@click.option("--json", "as_json", is_flag=True, help="Events as JSON lines.")
def command(
    run: str,
    failed: bool,
    secrets: tuple[str, ...],
    secret_file: Path | None,
    approvals: tuple[str, ...],
    wait_for_review: bool,
    publish: bool,
    debug: bool,
    quiet: bool,
    plain: bool,
    as_json: bool,
) -> int:
    """Run RUN again (latest without a name) with its options, on the working tree as it stands now.

    Secrets and variables that it took from the environment are taken from it again.

    \b
    sluice rerun --failed
    sluice rerun 20261123-190700-4f2a --debug
    """
    from sluice.app.running.options import RunOptions
    from sluice.app.running.rerun import find_repeated, rerun
    from sluice.app.running.reviewing import WAITS
    from sluice.app.secrets.reading import read_secrets, without_values
    from sluice.cli.run_command import repeated_options

    check_outputs(as_json=as_json, quiet=quiet, plain=plain)
    repeated = find_repeated(run)
    given = read_secrets(secrets, secret_file)
    first, *words = repeated.command or ("rerun",)
    was = repeated_options(words, given, repeated.state.run) if first == "run" else RunOptions()
    told = repeated.command if first == "run" else without_values(sys.argv[1:], secrets)
    options = replace(
        was,
        secrets={**was.secrets, **given},
        approvals=(*was.approvals, *approvals),
        wait_for_review=was.wait_for_review or wait_for_review,
        publish=publish,
        debug=debug or was.debug,
        output=chosen_output(as_json=as_json, quiet=quiet, plain=plain),
        command=(*told, WAITS) if wait_for_review and WAITS not in told else told,
    )
    return rerun(repeated, options, failed=failed)
