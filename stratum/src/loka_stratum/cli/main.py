"""The entry point: finds a command's module when it is asked for, and turns errors into exit codes.

Exit codes: 0 done, 1 a check failed, 2 it can't be done as asked, 3 a bug, 130 interrupted.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import NoReturn

import click

from loka_stratum import __version__
from loka_stratum.errors import ConfigurationError, StratumError

_COMMANDS = {
    "start": ("loka_stratum.cli.start_command:command", "Run the proxy."),
    "status": ("loka_stratum.cli.status_command:command", "Show a running proxy: miners, hashrate, shares, pools."),
    "health": ("loka_stratum.cli.health_command:command", "Ask a running proxy whether all is well."),
    "config": ("loka_stratum.cli.config_command:command", "Check a configuration, or write an example."),
    "bench": ("loka_stratum.cli.bench_command:command", "Measure this machine: how many shares a second pass through."),
    "simulate": ("loka_stratum.simulate.commands:simulate", "Play a pool, or miners."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called; their help lines are known without."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (the signature is click's)
        """The commands in the order of a working day."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 (click's)
        """Import the command's module and hand out the command."""
        if cmd_name not in _COMMANDS:
            return None
        module, _, attribute = _COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 (click's)
        """The list of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in _COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, "--version", "-V", prog_name="loka-stratum", message="%(prog)s %(version)s")
@click.pass_context
def cli(context: click.Context) -> None:
    """A Stratum V1 mining proxy.

    \b
    loka-stratum config example > loka-stratum.toml
    loka-stratum config check
    loka-stratum start
    """
    if context.invoked_subcommand is None:
        raise click.UsageError(f"a command is missing; there are: {', '.join(_COMMANDS)}", context)


def main() -> NoReturn:
    """Run the command line and exit."""
    try:
        code = cli.main(standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        code = 130
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except StratumError as error:
        _show(error)
        code = error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception:
        if os.environ.get("LOKA_DEBUG"):
            raise
        code = _report_bug()
    sys.exit(code if isinstance(code, int) else 0)


def _show(error: StratumError) -> None:
    lines = error.problems if isinstance(error, ConfigurationError) else (f"loka-stratum: {error.message}",)
    for line in lines:
        click.echo(line, err=True)
    if error.hint:
        click.echo(f"  hint: {error.hint}", err=True)


def _report_bug() -> int:
    import traceback  # noqa: PLC0415

    last = traceback.format_exc().strip().splitlines()
    click.echo(f"loka-stratum: a bug: {last[-1]}", err=True)
    click.echo("  hint: LOKA_DEBUG=1 shows where; please report it with that output", err=True)
    return 3
