"""``sluice rerun``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from sluice.cli.completing import runs


@click.command("rerun", short_help="Run a run again, whole or only what failed.")
@click.argument("run", default="latest", shell_complete=runs)
@click.option("--failed", is_flag=True, help="Only what failed, and what depends on it.")
@click.option("--secret", "-s", "secrets", multiple=True, metavar="NAME[=VALUE]", help="A secret; none is ever kept.")
@click.option("--secret-file", type=click.Path(path_type=Path), help="NAME=VALUE lines (mode 0600).")
@click.option("--approve", "approvals", multiple=True, metavar="ENVIRONMENT", help="Approve an environment beforehand.")
@click.option("--debug", is_flag=True, help="Debug lines in the logs.")
@click.option("--plain", is_flag=True, help="Plain lines, also on a terminal.")
@click.option("--json", "as_json", is_flag=True, help="Events as JSON lines.")
def command(
    run: str,
    failed: bool,
    secrets: tuple[str, ...],
    secret_file: Path | None,
    approvals: tuple[str, ...],
    debug: bool,
    plain: bool,
    as_json: bool,
) -> int:
    """Run RUN again (latest without a name), on the working tree as it stands now, for the same event and with the
    same inputs, variables and options.

    \b
    sluice rerun --failed
    sluice rerun 20261123-190700-4f2a --debug
    """
    from sluice.app.options import RunOptions
    from sluice.app.rerun import rerun
    from sluice.app.secrets.reading import read_file, read_pairs, without_values

    given = read_file(secret_file, private=True, option="--secret-file") if secret_file else {}
    options = RunOptions(
        secrets=given | read_pairs(secrets, os.environ, "--secret"),
        approvals=approvals,
        debug=debug,
        output="json" if as_json else "plain" if plain else "auto",
        command=without_values(sys.argv[1:], secrets),
    )
    return rerun(run, options, failed=failed)
