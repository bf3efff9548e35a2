"""The command `loka-migration`: arguments and `DATABASE_URL` in, text and an exit code out.

Exit codes: 0 done, 1 it failed or a comparison found a difference, 2 it can't be done as asked, 130 interrupted.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import NoReturn

import click

from loka_migration import __version__
from loka_migration.calling import address_given, run_work, write
from loka_migration.errors import MigrationError
from loka_migration.generating import compare, generate
from loka_migration.moving import Status, Version, down, status, up
from loka_migration.rehearsing.commands import describe_command, plans_command, rehearse_command, violate_command
from loka_model.address import DatabaseAddress

COUNT = click.IntRange(min=1)
WAIT = click.option(
    "--wait", type=click.IntRange(min=1), default=60, show_default=True, help="Seconds to wait for another migration."
)


@click.group(no_args_is_help=False, invoke_without_command=True)
@click.version_option(__version__, "--version", "-V", prog_name="loka-migration", message="%(prog)s %(version)s")
@click.pass_context
def cli(context: click.Context) -> None:
    """Bring Loka's database up to date, or back.

    \b
    DATABASE_URL   the database, as postgresql://USER:PASSWORD@HOST:5432/DATABASE
    """
    if context.invoked_subcommand is None:
        names = ", ".join(cli.commands)
        raise click.UsageError(f"a command is missing; there are: {names}", context)


@cli.command("up")
@click.argument("count", type=COUNT, required=False, metavar="[N]")
@WAIT
def up_command(count: int | None, wait: int) -> None:
    """Apply the next N versions, or all that are pending."""
    _tell("applied", run_work(up(address_given(), count, wait_seconds=wait)), "The database is up to date.")


@cli.command("down")
@click.argument("count", type=COUNT, default=1, metavar="[N]")
@click.option("--all", "everything", is_flag=True, help="Every version.")
@WAIT
def down_command(count: int, wait: int, *, everything: bool) -> None:
    """Take back the last N versions (1 if not given), with the data in them."""
    steps = None if everything else count
    _tell("taken back", run_work(down(address_given(), steps, wait_seconds=wait)), "There is nothing to take back.")


@cli.command("status")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on one line.")
def status_command(*, as_json: bool) -> None:
    """Show which versions are applied and which are pending."""
    address = address_given()
    found = run_work(status(address))
    click.echo(_status_json(address, found) if as_json else _status_table(address, found))


@cli.command("generate-models")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write there instead of printing.")
@click.option("--check", is_flag=True, help="Compare with loka_model instead of printing; a difference exits 1.")
def generate_models_command(output: Path | None, *, check: bool) -> None:
    """Write SQLAlchemy models for the tables that the database has."""
    address = address_given()
    if output is not None:
        write(output, run_work(generate(address)))
    if check:
        _check(address)
    elif output is None:
        click.echo(run_work(generate(address)), nl=False)


for _command in (describe_command, rehearse_command, violate_command, plans_command):
    cli.add_command(_command)


def run() -> NoReturn:
    """Run the command line and exit."""
    try:
        code = cli.main(prog_name="loka-migration", standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        code = 130
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except MigrationError as error:
        click.echo(f"loka-migration: {error.message}", err=True)
        if error.hint:
            click.echo(f"  hint: {error.hint}", err=True)
        code = error.exit_code
    sys.exit(code if isinstance(code, int) else 0)


def _tell(verb: str, done: tuple[Version, ...], nothing: str) -> None:
    for version in done:
        click.echo(f"{verb} {version.revision}  {version.title}")
    if not done:
        click.echo(nothing)


def _status_table(address: DatabaseAddress, found: Status) -> str:
    rows = [(version, "applied") for version in found.applied] + [(version, "pending") for version in found.pending]
    width = max(len(version.title) for version, _ in rows)
    lines = [f"{version.revision}  {version.title:{width}}  {state}" for version, state in rows]
    summary = f"{address}: at {found.current or 'nothing yet'}, newest {found.head}, {len(found.pending)} pending"
    return "\n".join([summary, *lines])


def _status_json(address: DatabaseAddress, found: Status) -> str:
    def listed(chosen: tuple[Version, ...]) -> list[dict[str, str]]:
        return [{"revision": version.revision, "title": version.title} for version in chosen]

    return json.dumps(
        {
            "database": str(address),
            "current": found.current,
            "head": found.head,
            "applied": listed(found.applied),
            "pending": listed(found.pending),
        }
    )


def _check(address: DatabaseAddress) -> None:
    lines = run_work(compare(address))
    if not lines:
        click.echo("The database and loka_model agree.")
        return
    for line in lines:
        click.echo(line)
    raise MigrationError(
        f"{address} differs from loka_model",
        hint="`loka-migration up` brings the database up to date; a changed model needs a migration",
    )
