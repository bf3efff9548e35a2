"""The commands that try migrations: `describe`, `rehearse`, `violate`, `plans`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import click

from loka_migration.calling import address_given, run_work, write
from loka_migration.errors import MigrationError
from loka_migration.rehearsing.planning import Plan, plans
from loka_migration.rehearsing.round_trips import RoundTrip, rehearse, schema
from loka_migration.rehearsing.violating import violate

_FILE = click.Path(dir_okay=False, path_type=Path)
_MEASURES = click.option("--measures", type=_FILE, help="Write what it took, as measures, a line of JSON each.")


@click.command("describe")
@click.option("--output", type=_FILE, help="Write there instead of printing.")
def describe_command(output: Path | None) -> None:
    """Write the schema in words: a line for each column, constraint and index."""
    text = _lines(run_work(schema(address_given())))
    if output is None:
        click.echo(text, nl=False)
        return
    write(output, text)


@click.command("rehearse")
@click.option("--large", is_flag=True, help="With 1,000 pools, 5,000 miners and 105,000 shares, which stay.")
@click.option("--limit", type=click.FloatRange(min=0, min_open=True), help="Seconds that all of the moves may take.")
@click.option("--schema", "described", type=_FILE, help="Write the schema there that it ends with, as `describe` does.")
@_MEASURES
def rehearse_command(*, large: bool, limit: float | None, described: Path | None, measures: Path | None) -> None:
    """Take every version up, down and up again in an empty database, and compare the schemas.

    The database is at the newest version afterwards.
    """
    address = address_given()
    done = run_work(rehearse(address, large=large))
    if described is not None:
        write(described, _lines(run_work(schema(address))))
    for each in done:
        moves = f"up {each.up_seconds:6.2f} s  down {each.down_seconds:6.2f} s"
        click.echo(f"{each.version.revision}  {moves}  {each.version.title}")
    total = sum(each.up_seconds + each.down_seconds for each in done)
    if measures is not None:
        write(measures, _measured("migration/seconds", total, "s") + "".join(map(_times, done)))
    if limit is not None and total > limit:
        raise MigrationError(f"the moves took {total:.1f} s, more than {limit:g} s", hint="see which version is slow")
    click.echo(f"Every version comes back to where it was; the moves took {total:.1f} s.")


@click.command("violate")
def violate_command() -> None:
    """Violate each constraint on purpose; one that takes it exits 1. Everything is rolled back."""
    refused = run_work(violate(address_given()))
    click.echo("\n".join(refused))
    click.echo(f"Each of these {len(refused)} constraints refuses what it is there for.")


@click.command("plans")
@click.option("--output", type=_FILE, help="Write the plans there.")
@_MEASURES
def plans_command(output: Path | None, measures: Path | None) -> None:
    """Show how the server answers the named queries; one that its index doesn't carry exits 1."""
    found = run_work(plans(address_given()))
    for each in found:
        click.echo(f"{each.query.name:28} {each.milliseconds:8.2f} ms  {', '.join(each.scanned)}")
    if output is not None:
        write(output, "\n\n".join(f"{each.query.name}\n{each.text}" for each in found) + "\n")
    if measures is not None:
        write(measures, "".join(map(_speed, found)))
    if lost := [each for each in found if not each.carried]:
        wanted = "; ".join(f"{each.query.name} by {each.query.index}" for each in lost)
        raise MigrationError(f"not carried by their index: {wanted}", hint="see the plans; an index may be missing")


def _lines(described: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in described)


def _times(trip: RoundTrip) -> str:
    name = f"migration/{trip.version.revision}"
    return _measured(f"{name}/up", trip.up_seconds, "s") + _measured(f"{name}/down", trip.down_seconds, "s")


def _speed(plan: Plan) -> str:
    return _measured(f"query/{plan.query.name.replace(' ', '-')}", plan.milliseconds, "ms")


def _measured(name: str, value: float, unit: str) -> str:
    return json.dumps({"measure": name, "value": round(value, 6), "unit": unit}) + "\n"
