"""``sluice notify``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

_Command = Callable[..., int]


@click.group("notify", short_help="Show or send what a run's end would tell, and to whom.")
def command() -> None:
    """Show or send what a run's end tells the channels of sluice.toml.

    \b
    sluice notify preview
    sluice notify preview latest --channel team
    """


def _options(function: _Command) -> _Command:
    for add in (
        click.argument("run", default="latest"),
        click.option(
            "--channel", "channels", multiple=True, metavar="NAME", help="This channel only; may be repeated."
        ),
        click.option("--all", "everything", is_flag=True, help="Also what a channel's own rules leave out."),
    ):
        function = add(function)
    return function


@command.command("preview")
@_options
def preview_command(run: str, channels: tuple[str, ...], everything: bool) -> int:
    """Print each message that the end of RUN (latest without a name) would send. Nothing is sent."""
    from sluice.app.notifying import preview

    return preview(run, channels, everything=everything)


@command.command("send")
@_options
@click.option("--secret", "-s", "secrets", multiple=True, metavar="NAME[=VALUE]", help="As for `sluice run`.")
@click.option("--secret-file", type=click.Path(path_type=Path), help="As for `sluice run`.")
def send_command(
    run: str, channels: tuple[str, ...], everything: bool, secrets: tuple[str, ...], secret_file: Path | None
) -> int:
    """Send the messages of RUN, now and for real. Exits with 2 when a channel could not be told."""
    from sluice.app.notifying import send
    from sluice.app.secrets.reading import read_secrets

    return send(run, channels, read_secrets(secrets, secret_file), everything=everything)
