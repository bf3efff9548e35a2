"""``sluice soak``."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click

from sluice.cli.amounts import Amount

_POSITIVE = Amount()


@click.command("soak", short_help="Run something under limits, and say whether its memory grows.")
@click.argument("words", nargs=-1, metavar="[-- COMMAND...]", type=click.UNPROCESSED)
@click.option("--image", help="Run this image; COMMAND is then the container's.")
@click.option("--run-option", "run_options", multiple=True, metavar="OPTION", help="An option for docker run.")
@click.option("--memory", metavar="SIZE", help="Memory that it may take, such as 512MB.")
@click.option("--cpus", type=_POSITIVE, help="Processors that it may take.")
@click.option("--for", "duration", type=_POSITIVE, default=60.0, show_default=True, help="Seconds to watch.")
@click.option("--every", type=_POSITIVE, default=0.5, show_default=True, help="Seconds between samples.")
@click.option("--warm-up", type=Amount(or_zero=True), help="Seconds that don't count; a fifth of the time otherwise.")
@click.option("--threshold", default="10KB/s", show_default=True, metavar="RATE", help="Growth that is a leak.")
@click.option("--load", metavar="SCRIPT", help="A shell command to run over and over beside it.")
@click.option("--measures", type=click.Path(dir_okay=False, path_type=Path), help="Write the numbers for sluice gate.")
@click.option("--name", default="soak", show_default=True, help="The first word of the measures.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def command(
    words: tuple[str, ...],
    image: str | None,
    run_options: tuple[str, ...],
    memory: str | None,
    cpus: float | None,
    duration: float,
    every: float,
    warm_up: float | None,
    threshold: str,
    load: str | None,
    measures: Path | None,
    name: str,
    as_json: bool,
) -> int:
    """Run COMMAND, or an image, under limits; sample its memory and processor time; fit the slope of its memory.

    A slope whose 99 % interval lies above the threshold is a leak. Exit 0 for none, 1 for a leak, for an end before its
    time with an error, for more memory than allowed, and when it can't be told; 2 when it can't be started.

    \b
    sluice soak --memory 512MB --cpus 1 --for 120 -- ./server
    sluice soak --image app:latest --memory 512MB --load 'curl -s localhost:8080' --run-option=--publish=8080:8080
    """
    from sluice.app import soaking
    from sluice.app.judging.measuring import keep_measures
    from sluice.resources.measures import measures_of
    from sluice.views.findings.soaking import soak_lines
    from sluice.views.text.glyphs import glyphs_of
    from sluice.views.text.painting import print_lines

    options = soaking.SoakOptions(
        words=words,
        image=image,
        run_options=run_options,
        limits=soaking.limits_of(memory, cpus),
        duration=duration,
        every=every,
        warm_up=duration / 5 if warm_up is None else warm_up,
        threshold=soaking.read_amount(threshold, "B/s"),
        load=load,
    )
    report = soaking.soak(options)
    if measures:
        keep_measures(measures, measures_of(report, name))
    if as_json:
        click.echo(soaking.as_json(report))
    else:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 120
        print_lines(soak_lines(report, glyphs_of(sys.stdout), width))
    return 1 if report.failures else 0
