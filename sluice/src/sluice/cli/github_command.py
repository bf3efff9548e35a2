"""``sluice github``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sluice.github.connection import Hub

_PUBLISH = click.option("--publish", is_flag=True, help="Let it go to GitHub instead of rehearsing it.")
SEVERITIES = ("low", "medium", "high", "critical")


@click.group("github", short_help="Tell GitHub of dependencies, advisories, milestones, labels.")
def command() -> None:
    """Tell GitHub what no workflow tells it. Without --publish it is rehearsed on a stand-in, and each request listed.

    \b
    sluice github dependencies
    sluice github milestone 'v1.2.0'
    """


@command.command("dependencies", short_help="Submit what the lock files pin to the dependency graph.")
@_PUBLISH
def dependencies(publish: bool) -> int:
    """Submit what the lock files pin, for the commit that is checked out, to the dependency graph."""
    from sluice.app.dependency_graph import submit
    from sluice.app.root import project_root

    return _told(publish, lambda hub: submit(hub, project_root()))


@command.command("advisory", short_help="Draft a security advisory.")
@click.argument("package")
@click.option("--affected", required=True, metavar="RANGE", help="Versions, such as '< 1.2.3'.")
@click.option("--severity", required=True, type=click.Choice(SEVERITIES))
@click.option("--summary", required=True, help="One line.")
@click.option("--description", default="", help="More of it; the summary without.")
@_PUBLISH
def advisory(package: str, affected: str, severity: str, summary: str, description: str, publish: bool) -> int:
    """Draft a security advisory about PACKAGE, as PyPI calls it; people finish and publish it on GitHub."""
    from sluice.github.security import Advisory, draft_advisory

    drafted = Advisory(
        package=package,
        affected=affected,
        summary=summary,
        description=description or summary,
        severity=severity,
    )
    return _told(publish, lambda hub: f"drafted {draft_advisory(hub, drafted)}")


@command.command("milestone", short_help="Make a milestone, or close it.")
@click.argument("title")
@click.option("--description", default="")
@click.option("--close", is_flag=True, help="Close it instead; exit 1 when none is open.")
@_PUBLISH
def milestone(title: str, description: str, close: bool, publish: bool) -> int:
    """See to it that an open milestone has this TITLE."""
    from sluice.github.issues import close_milestone, keep_milestone

    if not close:
        return _told(publish, lambda hub: f"milestone {keep_milestone(hub, title, description)}: {title}")
    return _told(publish, lambda hub: f"closed {title}" if close_milestone(hub, title) else "")


@command.command("label", short_help="Make a label, or change its looks.")
@click.argument("name")
@click.option("--color", default="ededed", show_default=True, metavar="RRGGBB")
@click.option("--description", default="")
@_PUBLISH
def label(name: str, color: str, description: str, publish: bool) -> int:
    """See to it that the label NAME has this colour and description."""
    from sluice.github.issues import keep_label

    def keep(hub: Hub) -> str:
        keep_label(hub, name, color, description)
        return f"label {name}"

    return _told(publish, keep)


def _told(publish: bool, tell: Callable[[Hub], str]) -> int:
    """Print what was told, or each request that would be sent; 1 when there was nothing to do it to."""
    from sluice.app.effects import Effect
    from sluice.app.outward import reach_github
    from sluice.app.root import project_root

    effects: list[Effect] = []
    with reach_github(project_root(), effects, publish=publish) as hub:
        said = tell(hub)
    for effect in effects:
        click.echo(str(effect))
    if not said:
        click.echo("there is none", err=True)
        return 1
    click.echo(said if publish else f"{said} (rehearsed: nothing left the machine; --publish lets it go)")
    return 0
