"""The options that stand for settings, the same for every command that reads a configuration."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from loka_stratum.configuration import Configuration
from loka_stratum.configuration.reading import FLAGS, read_configuration
from loka_stratum.configuration.settings import SECTIONS, described

DEFAULT_FILE = "loka-stratum.toml"
FILE_VARIABLE = "LOKA_CONFIG"

_METAVARS = {
    "--bind": "HOST:PORT",
    "--web-bind": "HOST:PORT",
    "--database-url": "URL",
    "--max-connections": "N",
    "--idle-timeout": "SECONDS",
    "--log-level": "LEVEL",
    "--log-format": "FORMAT",
}


def settings_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--config`` and the flags."""
    for flag, path in reversed(FLAGS.items()):
        section, key = path.split(".")
        words = described(SECTIONS[section])[key].help
        function = click.option(flag, metavar=_METAVARS[flag], help=f"{words} [{path}]")(function)
    return click.option(
        "--config",
        "-c",
        "file",
        type=click.Path(path_type=Path, dir_okay=False),
        help=f"The configuration; {FILE_VARIABLE}, or {DEFAULT_FILE} here if there is one.",
    )(function)


def configuration_of(file: Path | None, flags: dict[str, str | None]) -> Configuration:
    """The settings in force: file, then variables, then flags. Raises ``StratumError``."""
    given = {f"--{name.replace('_', '-')}": text for name, text in flags.items() if text is not None}
    return read_configuration(file_of(file), os.environ, given)


def file_of(file: Path | None) -> Path | None:
    """The file that is read; None where there is none."""
    if file is not None:
        return file
    if named := os.environ.get(FILE_VARIABLE):
        return Path(named)
    return Path(DEFAULT_FILE) if Path(DEFAULT_FILE).exists() else None
