"""``sluice completion``: the script that a shell reads."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from sluice.source.errors import UsageError


@click.command("completion", short_help="Print the completion script of a shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion script of SHELL.

    \b
    bash:  eval "$(sluice completion bash)"            in ~/.bashrc
    zsh:   eval "$(sluice completion zsh)"             in ~/.zshrc
    fish:  sluice completion fish | source             in ~/.config/fish/config.fish
    """
    from sluice.cli.main import cli

    kind = get_completion_class(shell)
    if kind is None:
        raise UsageError(f"No completion for '{shell}'")
    click.echo(kind(cli, {}, "sluice", "_SLUICE_COMPLETE").source())
