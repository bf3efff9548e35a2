"""``loka-stratum bench``: how many shares pass through on this machine, beside a bare relay."""

from __future__ import annotations

import click
import msgspec

from loka_stratum.bench.measuring import in_turns
from loka_stratum.bench.table import lines_of


@click.command("bench")
@click.option("--miners", type=click.IntRange(1, 20_000), default=100, show_default=True, help="Connections.")
@click.option(
    "--seconds", type=click.FloatRange(0.1, 3600), default=5.0, show_default=True, help="For each measurement."
)
@click.option(
    "--pause", type=click.FloatRange(0, 600), default=0.0, show_default=True, help="Of each miner, between two shares."
)
@click.option("--rounds", type=click.IntRange(1, 100), default=2, show_default=True, help="Relay and proxy by turns.")
@click.option("--json", "as_json", is_flag=True, help="Print the measurements as JSON.")
def command(*, miners: int, seconds: float, pause: float, rounds: int, as_json: bool) -> None:
    """Measure this machine: a pool, a proxy and miners as processes, and the same with a relay that looks at nothing.

    Shares are counted and not stored.
    """
    relays, proxies = in_turns(miners, seconds, pause, rounds)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode([*relays, *proxies]), indent=2))
        return
    for line in lines_of(relays, proxies, paced=pause > 0):
        click.echo(line)
