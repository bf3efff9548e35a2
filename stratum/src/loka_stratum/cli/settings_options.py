"""The options that stand for settings, the same for every command that reads a configuration."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from loka_stratum.configuration import Configuration
from loka_stratum.configuration.reading import read_configuration

DEFAULT_FILE = "loka-stratum.toml"
FILE_VARIABLE = "LOKA_CONFIG"

_FLAGS = {
    "bind": ("server.bind", "HOST:PORT", "Where miners connect."),
    "web_bind": ("web.bind", "HOST:PORT", "Where health, status and metrics are served."),
    "database_url": ("database.url", "URL", "The database; better given as DATABASE_URL, which other users can't see."),
    "max_connections": ("limits.connections", "N", "Miners' connections in all."),
    "idle_timeout": ("limits.idle_timeout", "SECONDS", "How long a miner may say nothing."),
    "log_level": ("log.level", "LEVEL", "debug, info, warning or error."),
    "log_format": ("log.format", "FORMAT", "text or json."),
}


def settings_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--config`` and the flags."""
    for name, (path, metavar, words) in reversed(_FLAGS.items()):
        option = click.option(f"--{name.replace('_', '-')}", name, metavar=metavar, help=f"{words} [{path}]")
        function = option(function)
    return click.option(
        "--config",
        "-c",
        "file",
        type=click.Path(path_type=Path, dir_okay=False),
        help=f"The configuration; {FILE_VARIABLE}, or {DEFAULT_FILE} here if there is one.",
    )(function)


def configuration_of(file: Path | None, flags: dict[str, str | None]) -> Configuration:
    """The settings in force: file, then variables, then flags. Raises ``StratumError``."""
    given = {_FLAGS[name][0]: text for name, text in flags.items() if text is not None}
    return read_configuration(file_of(file), os.environ, given)


def file_of(file: Path | None) -> Path | None:
    """The file that is read; None where there is none."""
    if file is not None:
        return file
    if named := os.environ.get(FILE_VARIABLE):
        return Path(named)
    return Path(DEFAULT_FILE) if Path(DEFAULT_FILE).exists() else None
