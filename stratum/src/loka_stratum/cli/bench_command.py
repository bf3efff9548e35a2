"""``loka-stratum bench``: how many shares pass through on this machine, beside a bare relay."""

from __future__ import annotations

import click
import msgspec

from loka_stratum.bench.measuring import Measured, measure, share_of_limit


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
    measured = [measure(what, miners, seconds, pause) for _ in range(rounds) for what in ("relay", "proxy")]
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(measured), indent=2))
        return
    click.echo("           shares/s   p50 ms   p99 ms   CPU   us/share   MB     KB/miner")
    for each in measured:
        click.echo(_row(each))
    part = share_of_limit(measured[::2], measured[1::2])
    click.echo(f"the proxy passes {part:.0%} of what the relay does")


def _row(each: Measured) -> str:
    result = each.result
    return (
        f"{each.what:8} {result.shares_per_second:10.0f} {result.p50_milliseconds:8.2f} {result.p99_milliseconds:8.2f} "
        f"{each.cpu_share:5.0%} {each.microseconds_per_share:10.1f} {each.memory_bytes / 1e6:6.1f} "
        f"{each.memory_per_miner_bytes / 1e3:8.1f}"
    )
