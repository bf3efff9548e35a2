"""``loka-stratum config``: check a configuration, or write an example."""

from __future__ import annotations

from pathlib import Path

import click

from loka_stratum.cli.settings_options import configuration_of, file_of, settings_options
from loka_stratum.configuration.example import example
from loka_stratum.configuration.showing import show


@click.group("config", invoke_without_command=True, no_args_is_help=False)
@click.pass_context
def command(context: click.Context) -> None:
    """Check a configuration, or write an example."""
    if context.invoked_subcommand is None:
        raise click.UsageError("a command is missing; there are: check, example", context)


@command.command("check")
@settings_options
@click.option("--show", "shown", is_flag=True, help="Print every setting in force, without secrets.")
def check(file: Path | None, *, shown: bool, **flags: str | None) -> None:
    """Say whether the configuration holds, and exit 2 if it doesn't."""
    configuration = configuration_of(file, flags)
    if shown:
        click.echo(show(configuration), nl=False)
        return
    pools = ", ".join(f"{pool.name} ({pool.address})" for pool in configuration.pools if pool.active)
    click.echo(f"{file_of(file) or 'the environment'}: valid. Miners at {configuration.server.bind}; pools: {pools}.")


@command.command("example")
def example_command() -> None:
    """Print an example that is valid as it is, with every setting explained."""
    click.echo(example(), nl=False)
