"""The entry point: finds the command's module when it is asked for, and turns errors into exit codes.

Exit codes: 0 done, 1 a job or a gate failed, 2 it can't be run as asked, 3 a bug, 130 interrupted.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import NoReturn

import click

from sluice import __version__
from sluice.source.errors import SluiceError, UsageError
from sluice.source.suggestions import nearest

COMMANDS = {
    "run": "Run workflows on this machine.",
    "plan": "Show what would run, as a graph.",
    "lint": "Find what GitHub would refuse, and what you would regret.",
    "gate": "Judge reports by the gates of sluice.toml.",
    "audit": "Find vulnerable dependencies, secrets, dangerous code and workflows.",
    "bench": "Compare two commits by what a command takes on each.",
    "image": "Look into container images.",
    "soak": "Run something under limits, and say whether its memory grows.",
    "measure": "Write down a number for the gates.",
    "trend": "Draw a measure's history, and where its level changed.",
    "deploy": "Deploy to an environment, and look after it.",
    "maintain": "Say what needs a person this week, month or quarter.",
    "serve": "Serve this repository's runs as a web page, here alone.",
    "metrics": "Print what Prometheus reads, or serve it.",
    "notify": "Show or send what a run's end would tell, and to whom.",
    "list": "List runs.",
    "show": "Show one run.",
    "logs": "Print a run's logs.",
    "report": "Write a run's HTML report and print where it is.",
    "explain": "Say why a job or a step ran, or didn't.",
    "rerun": "Run a run again, whole or only what failed.",
    "shell": "Open the workspace of a job with its environment.",
    "cancel": "Stop a run.",
    "clean": "Remove old runs, and what killed ones left.",
    "release": "Plan, check, cut and build a release.",
    "github": "Tell GitHub of dependencies, advisories, milestones, labels.",
    "dockerhub": "Keep a page on Docker Hub, and say what is left of the pulls.",
    "secrets": "Say which secrets and variables the jobs need.",
    "doctor": "Say what this machine has, and what each job needs.",
    "eval": "Evaluate an expression.",
    "parse": "Print a workflow as its parser understands it.",
    "completion": "Print the completion script of a shell.",
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called; their help lines are known without."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (the signature is click's)
        """The commands in the order of a working day."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 (click's)
        """Import the command's module and hand out its ``command``."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"sluice.cli.{cmd_name}_command")
        command: click.Command = module.command
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The words of the command line. An option that stands before any command is told where it belongs."""
        words = list(args)
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            told = f"{error.format_message()} Options follow a command, as in: sluice run {' '.join(words)}"
            raise click.UsageError(told, ctx) from error

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is named; for one that isn't there, the one that was probably meant."""
        near = nearest(args[0], COMMANDS) if args and args[0] not in COMMANDS else None
        if near and not args[0].startswith("-"):
            ctx.fail(f"No such command '{args[0]}'. Did you mean '{near}'?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 (click's)
        """The list of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "--version", "-V", prog_name="sluice", message="%(prog)s %(version)s")
def cli() -> None:
    """Run GitHub Actions workflows anywhere, unmodified, before the push.

    \b
    sluice run                     every workflow that a push would start
    sluice run ci.yml --job test   one job and what it needs
    sluice explain latest deploy   why a job did not run
    """


def main() -> NoReturn:
    """Run the command line and exit."""
    try:
        _check_folder()
        code = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        code = 130
    except KeyboardInterrupt:
        code = 130
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except SluiceError as error:
        _show(error)
        code = error.exit_code
    except (BrokenPipeError, SystemExit):  # the reader has gone; in the midst of ``click.echo`` click wants to exit
        code = 0
    except Exception as error:
        if os.environ.get("SLUICE_DEBUG"):
            raise
        code = _unforeseen(error)
    sys.exit(_finish_output(code if isinstance(code, int) else 0))


def _check_folder() -> None:
    try:
        Path.cwd()
    except FileNotFoundError as error:
        raise UsageError("The working folder is gone", hint="go to a folder that is there") from error


def _finish_output(code: int) -> int:
    """Write what is still held back; the exit code. A reader that has had enough, such as ``head``, is no error."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError as error:  # Python would try once more and exit with 120
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            if code == 0 and not isinstance(error, BrokenPipeError):
                click.echo(f"sluice: the output can't be written: {error.strerror}", err=True)
                code = 2
    return code


def _show(error: SluiceError) -> None:
    from sluice.cli.errors import show_error

    show_error(error)


def _unforeseen(error: Exception) -> int:
    from sluice.cli.errors import missing_extra
    from sluice.source.errors import not_utf8
    from sluice.source.machine_limits import foremost, machine_limit

    first = foremost(error)
    told = first if isinstance(first, SluiceError) else machine_limit(first) or missing_extra(first) or not_utf8(first)
    if told is None:
        return _report_bug(first)
    _show(told)
    return told.exit_code


def _report_bug(error: BaseException) -> int:
    import traceback

    last = "".join(traceback.format_exception_only(error)).strip().splitlines()
    click.echo(f"sluice: a bug in Sluice: {last[-1]}", err=True)
    click.echo("  hint: SLUICE_DEBUG=1 shows where; please report it with that output", err=True)
    return 3


__all__ = ["cli", "main"]
