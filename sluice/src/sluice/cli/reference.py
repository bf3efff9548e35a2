"""The pages of the reference that are made from the code: ``python -m sluice.cli.reference docs/reference``.

Out: ``commands.md`` from the commands' own help, ``settings.md`` from the keys of ``sluice.toml``, ``lint.md`` from the
linter's rules.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from sluice.app.releasing.project import KEYS as RELEASE
from sluice.app.settings import KEYS as RUN
from sluice.audit.settings import KEYS as AUDIT
from sluice.cli.main import COMMANDS, cli
from sluice.delivery.deployment.keys import KEYS as ENVIRONMENTS
from sluice.delivery.maintenance.settings import KEYS as MAINTENANCE
from sluice.delivery.secrets.declared import KEYS as DECLARATIONS
from sluice.images.policy import KEYS as IMAGES
from sluice.notify.policy import KEYS as CHANNELS
from sluice.workflow.lint.registry import RULES

_EXIT_CODES = {
    0: "done",
    1: "a job or a gate failed",
    2: "it can't be run or judged as asked: bad input, a missing tool",
    3: "a bug in Sluice",
    130: "interrupted",
}


def commands_page() -> str:
    """Every command with its arguments and options, and the exit codes."""
    parts = ["# Commands\n", "| exit code | meaning |\n| --- | --- |"]
    parts += [f"| {code} | {meaning} |" for code, meaning in _EXIT_CODES.items()]
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        if command is not None:
            parts += ["", *_command(name, command)]
    return "\n".join(parts) + "\n"


def _command(name: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=f"sluice {name}", max_content_width=100)
    yield f"##{'#' * name.count(' ')} sluice {name}\n"
    yield f"`{' '.join([context.command_path, *command.collect_usage_pieces(context)])}`\n"
    text, _, examples = (command.help or "").partition("\b\n")
    yield re.sub(r"\s+", " ", text).strip()
    if examples.strip():
        yield "\n```sh\n" + "\n".join(line.strip() for line in examples.strip().splitlines()) + "\n```"
    options = [
        found
        for one in command.params
        if isinstance(one, click.Option) and (found := one.get_help_record(context)) is not None
    ]
    if options:
        yield "\n| option | |\n| --- | --- |"
        yield from (f"| `{_cell(names)}` | {_cell(meaning)} |" for names, meaning in options)
    if isinstance(command, click.Group):
        for below, inner in command.commands.items():
            yield ""
            yield from _command(f"{name} {below}", inner)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def settings_page() -> str:
    """Every table of ``sluice.toml`` but those of the gates."""
    parts = ["# sluice.toml\n", "Gates and waivers are described in the [guide](../guide/gates.md)."]
    rooms = (RUN, RELEASE, ENVIRONMENTS, DECLARATIONS, IMAGES, AUDIT, CHANNELS, MAINTENANCE)
    for table, keys in (entry for room in rooms for entry in room.items()):
        parts += ["", f"## [{table}]\n", "| key | |\n| --- | --- |"]
        parts += [f"| `{key}` | {_cell(meaning)} |" for key, meaning in keys.items()]
    parts += ["", "## [variables]\n", "Names and values of the `vars` context, as a repository has them on GitHub."]
    return "\n".join(parts) + "\n"


def lint_page() -> str:
    """Every rule of the linter with an example of what it finds."""
    parts = [
        "# Lint rules\n",
        "What GitHub itself refuses is an error without a rule of its own; these find what it would accept.\n",
        "| rule | | finds | for example |\n| --- | --- | --- | --- |",
    ]
    for rule in sorted(RULES.values(), key=lambda one: one.id):
        example = _cell(rule.example.strip())
        parts.append(f"| `{rule.id}` | {rule.severity.value} | {_cell(rule.explanation)} | `` {example} `` |")
    return "\n".join(parts) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands_page,
    "settings.md": settings_page,
    "lint.md": lint_page,
}


if __name__ == "__main__":
    for page, make in PAGES.items():
        Path(sys.argv[1], page).write_text(make(), encoding="utf-8")
