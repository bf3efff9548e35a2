"""``loka-stratum start``: run the proxy until SIGTERM."""

from __future__ import annotations

from pathlib import Path

import click

from loka_stratum.app import run
from loka_stratum.cli.settings_options import configuration_of, settings_options


@click.command("start")
@settings_options
@click.option("--without-database", is_flag=True, help="Count shares and don't store them.")
def command(file: Path | None, *, without_database: bool, **flags: str | None) -> None:
    """Run the proxy. SIGTERM drains it.

    Settings come from the file, then from LOKA_SECTION__KEY variables and DATABASE_URL, then from flags.
    """
    run(configuration_of(file, flags), stored=not without_database)
