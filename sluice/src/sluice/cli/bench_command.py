"""``sluice bench``."""

from __future__ import annotations

from pathlib import Path

import click

from sluice.cli.amounts import Amount
from sluice.cli.ending import end_by_interrupt

_FEWEST, _MOST = 8, 64


@click.group("bench", short_help="Compare two commits by what a command takes on each.")
def command() -> None:
    """Compare two commits by what a command takes on each."""


@command.command("compare", short_help="Run a command on two commits in turns, and judge the difference.")
@click.argument("base")
@click.argument("head")
@click.argument("words", nargs=-1, required=True, metavar="-- COMMAND...", type=click.UNPROCESSED)
@click.option("--build", metavar="COMMAND", help="A shell command that is run on both sides first.")
@click.option("--report", metavar="FILE", help="What COMMAND writes: its numbers count, not the command's own times.")
@click.option("--name", default="command", show_default=True, help="The measures are called bench/NAME/wall and /cpu.")
@click.option(
    "--most",
    type=click.IntRange(_FEWEST, _MOST),
    default=_MOST,
    show_default=True,
    help="At most so many pairs of runs; fewer when fewer tell.",
)
@click.option("--warm-up", type=click.IntRange(0), default=1, show_default=True, help="Runs of each side not counted.")
@click.option(
    "--timeout",
    type=Amount(),
    default=3600.0,
    show_default=True,
    help="Seconds that one run, or the build, may take.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIRECTORY",
    help="A folder for the evidence of both sides; not one of this run's reports, they would disagree.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def compare_command(
    base: str,
    head: str,
    words: tuple[str, ...],
    build: str | None,
    report: str | None,
    name: str,
    most: int,
    warm_up: int,
    timeout: float,
    out: Path | None,
    as_json: bool,
) -> int:
    """Run COMMAND on the commits BASE and HEAD in turns (base, head, head, base ...), each in a clone of its own, until
    the difference is clear: 8 pairs of runs at least, 64 at most. A ref . is the working tree as it stands.

    The gates of BASE's sluice.toml judge; what they don't compare fails above +20 % and warns from +10 %. Exit 0 for a
    pass or a warning, 1 for a fail, 2 when a side could not be built, run or read.

    \b
    sluice bench compare main HEAD -- .venv/bin/python bench.py
    sluice bench compare v1.0 . --build "make build" --report bench.json -- make bench
    sluice bench compare main HEAD --out compared -- make bench && sluice gate compared/head --base compared/base
    """
    import datetime as dt

    from sluice.app.bench.comparing import CompareOptions, compare, comparison_json
    from sluice.app.bench.sampling import Task
    from sluice.app.root import project_root
    from sluice.views.findings.gating import print_gates

    end_by_interrupt()
    task = Task(words=words, limit=timeout, name=name, report=report)
    options = CompareOptions(base=base, head=head, task=task, out=out, build=build, warm_ups=warm_up, most=most)
    today = dt.datetime.now(tz=dt.UTC).date()
    found = compare(project_root(), options, today, lambda line: click.echo(line, err=True))
    if as_json:
        click.echo(comparison_json(found), nl=False)
    else:
        print_gates(found.report)
    return found.report.exit_code
