"""``sluice secrets``."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sluice.cli.completing import workflows
from sluice.cli.given_secrets import secret_option

if TYPE_CHECKING:
    from sluice.app.secrets.keyring_store import KeyringStore
    from sluice.app.secrets.listing import Entry


@click.group("secrets", invoke_without_command=True, short_help="Say which secrets and variables the jobs need.")
@click.pass_context
def command(context: click.Context) -> int:
    """Say which secrets and variables the jobs need, and where each comes from.

    \b
    sluice secrets
    sluice secrets list deploy.yml --secret-file .secrets
    sluice secrets set TOKEN
    """
    return 0 if context.invoked_subcommand else _list((), (), None, offline=False)


@command.command("list")
@click.argument("paths", nargs=-1, metavar="[WORKFLOW]...", shell_complete=workflows)
@secret_option("As for `sluice run`.")
@click.option("--secret-file", type=click.Path(path_type=Path), help="As for `sluice run`.")
@click.option("--offline", is_flag=True, help="Fetch nothing: called workflows are those here and in the cache.")
def list_command(paths: tuple[str, ...], secrets: tuple[str, ...], secret_file: Path | None, offline: bool) -> int:
    """Every name that the workflows use or sluice.toml declares. Exits with 1 when a required one is missing."""
    return _list(paths, secrets, secret_file, offline=offline)


@command.command("set")
@click.argument("name")
def set_command(name: str) -> int:
    """Keep the value of NAME in the system's keyring for this repository; it is asked for, or read from a pipe."""
    from sluice.app.secrets.reading import check_name
    from sluice.source.errors import UsageError

    check_name(name, "secrets set")
    piped = not sys.stdin.isatty()
    value = sys.stdin.read().rstrip("\r\n") if piped else click.prompt(name, hide_input=True, confirmation_prompt=True)
    if not value:
        raise UsageError(f"secrets set: the value of {name} is empty", hint="`sluice secrets remove` forgets one")
    _keyring().set(name, value)
    click.echo(f'{name} is kept; [secret.{name}] with from = ["keyring"] in sluice.toml lets runs look for it there')
    return 0


@command.command("remove")
@click.argument("name")
def remove_command(name: str) -> int:
    """Forget the value of NAME in the system's keyring."""
    there = _keyring().remove(name)
    click.echo(f"{name} is forgotten" if there else f"{name} was not kept")
    return 0


def _list(paths: tuple[str, ...], secrets: tuple[str, ...], secret_file: Path | None, *, offline: bool) -> int:
    from sluice.app.secrets.listing import list_entries
    from sluice.app.secrets.reading import read_file, read_pairs
    from sluice.app.secrets.sources import Values
    from sluice.plan.uses import Kind

    filed = read_file(secret_file, private=True, option="--secret-file") if secret_file else {}
    named = read_pairs(secrets, os.environ, "--secret")
    origins = {(Kind.SECRET, name): "the file" for name in filed} | {(Kind.SECRET, name): "--secret" for name in named}
    entries = list_entries(Path.cwd(), paths, Values(secrets=filed | named, origins=origins), offline=offline)
    for kind, title in ((Kind.SECRET, "secrets"), (Kind.VARIABLE, "variables")):
        _show(title, [entry for entry in entries if entry.kind is kind])
    return int(any(entry.stands == "missing" for entry in entries))


def _show(title: str, entries: Iterable[Entry]) -> None:
    from sluice.app.secrets.listing import lines_of
    from sluice.views.text.lines import BLANK, line
    from sluice.views.text.painting import print_lines

    marks = {"given": ("+", "success"), "missing": ("x", "failure"), "empty": ("-", "quiet")}
    listed = list(lines_of(entries))
    width = max((len(name) for _, name, _ in listed), default=0)
    print_lines([line((title, "heading"), ("" if listed else "  none", "quiet"))])
    print_lines(line("  ", marks[state], f" {name:<{width}}  ", (about, "quiet")) for state, name, about in listed)
    print_lines([BLANK])


def _keyring() -> KeyringStore:
    from sluice.app.root import project_root
    from sluice.app.secrets.keyring_store import KeyringStore

    return KeyringStore(project_root())
