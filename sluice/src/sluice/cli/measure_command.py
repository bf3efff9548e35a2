"""``sluice measure``."""

from __future__ import annotations

from pathlib import Path

import click

BETTER = ("lower", "higher")


@click.command(
    "measure",
    short_help="Write down a number for the gates.",
    context_settings={"ignore_unknown_options": True},  # a value may begin with a minus
)
@click.argument("name")
@click.argument("value", type=float)
@click.argument("unit", default="count")
@click.option("--better", type=click.Choice(BETTER), help="Which way is better; usually the unit tells.")
@click.option(
    "--to",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("measures.jsonl"),
    show_default=True,
    help="The file to add a line to.",
)
def command(name: str, value: float, unit: str, better: str | None, target: Path) -> int:
    """Add the measure NAME with VALUE in UNIT to a file that ``sluice gate`` reads. Several lines of one name are
    samples.

    \b
    sluice measure bench/start 81.4 ms
    sluice measure cache/hits 92.5 % --to out/measures.jsonl
    """
    from sluice.app.judging.measuring import write_measure

    write_measure(target, name, value, unit, better)
    return 0
