"""The option by which commands are given secrets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from sluice.cli.completing import secrets as complete_secrets


def secret_option(text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """``--secret NAME[=VALUE]``, any number of times; ``text`` is its help."""
    return click.option(
        "--secret",
        "-s",
        "secrets",
        multiple=True,
        metavar="NAME[=VALUE]",
        shell_complete=complete_secrets,
        help=text,
    )
