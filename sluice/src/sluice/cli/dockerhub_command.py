"""``sluice dockerhub``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sluice.github.dockerhub import Account

NAME, TOKEN = "DOCKERHUB_USERNAME", "DOCKERHUB_TOKEN"
ADDRESS = "DOCKERHUB_URL"
"""Another Docker Hub than the public one, with all of its services at one address."""


@click.group("dockerhub", short_help="Keep a page on Docker Hub, and say what is left of the pulls.")
def command() -> None:
    """Docker Hub, as the account that DOCKERHUB_USERNAME and DOCKERHUB_TOKEN name.

    \b
    sluice dockerhub readme owner/name --file README.md
    """


@command.command("readme", short_help="Make a repository's page say what the README says.")
@click.argument("repository", metavar="OWNER/NAME")
@click.option(
    "--file",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default="README.md",
    show_default=True,
    help="The text.",
)
@click.option("--short", default="", help="The line under the name, at most 100 characters.")
@click.option("--publish", is_flag=True, help="Let it go instead of printing the request.")
def readme(repository: str, path: Path, short: str, publish: bool) -> int:
    """Make the page of OWNER/NAME say what the README says. Without --publish, and in a job of a run without it, a
    stand-in is told, and the request shown.
    """
    from sluice.app.docker_hub import rehearse_readme
    from sluice.app.effects import rehearses
    from sluice.github.dockerhub import sync_readme

    if repository.count("/") != 1:
        raise click.BadParameter(f"'{repository}' is no OWNER/NAME", param_hint="OWNER/NAME")
    text = path.read_text(encoding="utf-8")
    if publish and not rehearses():
        sync_readme(_account(), repository, text, short)
        click.echo(f"{repository} says what {path} says")
        return 0
    click.echo(str(rehearse_readme(repository, text, short)))
    click.echo("nothing left the machine; --publish lets it go")
    return 0


@command.command("usage", short_help="Say what is left of the pulls.")
@click.option("--least", type=click.IntRange(min=0), default=0, help="Exit 1 when fewer are left.")
def usage(least: int) -> int:
    """Say how many pulls are allowed and left in the present window. Asking counts as none, and changes nothing."""
    from sluice.github.dockerhub import read_usage

    found = read_usage(_account())
    if found.limit is None or found.remaining is None:
        click.echo("the account has no limit")
        return 0
    click.echo(f"{found.remaining} of {found.limit} pulls left in {(found.seconds or 0) // 3600} h")
    return 0 if found.remaining >= least else 1


def _account() -> Account:
    from sluice.github.dockerhub import AUTH, HUB, REGISTRY, Account
    from sluice.source.errors import UnavailableError

    name, token, place = (os.environ.get(one, "") for one in (NAME, TOKEN, ADDRESS))
    if not name or not token:
        raise UnavailableError(f"Docker Hub is asked with {NAME} and {TOKEN}, which are not set")
    return Account(name=name, password=token, hub=place or HUB, auth=place or AUTH, registry=place or REGISTRY)
