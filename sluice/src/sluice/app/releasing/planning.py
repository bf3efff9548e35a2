"""The release that could be made now. In: a repository and what a person asks. Out: a plan; nothing is changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct
from semver import Version

from sluice.app.releasing.looking import find_page, read_commits, read_tags
from sluice.app.releasing.project import Package, find_packages, read_settings
from sluice.delivery.release.changelog import Links, render_notes
from sluice.delivery.release.commits import Commit
from sluice.delivery.release.versions import (
    image_tags,
    known_versions,
    next_version,
    pre_release,
    python_version,
    read_version,
)
from sluice.source.errors import UsageError

_PLAIN = re.compile(r"\d+\.\d+\.\d+")
_PLACEHOLDER = "0.0.0"


class Plan(Struct, frozen=True, kw_only=True):
    """A release: ``last`` is the tag of the last stable one; ``notes`` are Markdown."""

    last: str | None
    version: Version
    tag: str
    commits: tuple[Commit, ...]
    packages: tuple[Package, ...]
    images: tuple[str, ...]
    notes: str


class Wish(Struct, frozen=True, kw_only=True):
    """What a person asks for: a channel of pre-releases, a version of their own."""

    channel: str | None = None
    version: str | None = None


def make_plan(root: Path, wish: Wish) -> Plan:
    """The next release. Raises ``UsageError`` when there is nothing to release, or the version is not a later one."""
    settings = read_settings(root)
    tags = read_tags(root)
    known = known_versions(tags, settings.prefix)
    history = read_commits(root, settings)
    if not history.commits and wish.version is None:
        raise UsageError(f"Nothing came since {history.last or 'the beginning'}", hint="--version releases it anyway")
    packages = find_packages(root)
    version = _version(wish, known, history.commits, packages)
    tag = f"{settings.prefix}{version}"
    links = Links(base=find_page(root, settings))
    return Plan(
        last=history.last,
        version=version,
        tag=tag,
        commits=history.commits,
        packages=packages,
        images=image_tags(version, known),
        notes=render_notes(history.commits, links, before=history.last or "", after=tag),
    )


def tags_of_images(root: Path, tag: str) -> tuple[str, ...]:
    """The tags of the images of a release, given the others that there are. Raises ``UsageError`` for no version."""
    prefix = read_settings(root).prefix
    return image_tags(read_version(tag.removeprefix(prefix)), known_versions(read_tags(root), prefix))


def _version(wish: Wish, known: list[Version], commits: tuple[Commit, ...], packages: tuple[Package, ...]) -> Version:
    stable = [one for one in known if one.prerelease is None]
    version = read_version(wish.version) if wish.version else _next(stable, commits, packages)
    if wish.channel is not None:
        version = pre_release(version, wish.channel, known)
    if known and version <= known[-1] and version.finalize_version() <= (stable[-1] if stable else Version(0)):
        raise UsageError(f"{version} does not come after {known[-1]}", hint="--version takes a later one")
    return version


def _next(stable: list[Version], commits: tuple[Commit, ...], packages: tuple[Package, ...]) -> Version:
    """Before the first release the packages say what it will be, unless theirs is a placeholder."""
    if stable:
        return next_version(stable[-1], commits)
    named = {one.version for one in packages}
    said = named.pop() if len(named) == 1 else ""
    return read_version(said) if _PLAIN.fullmatch(said) and said != _PLACEHOLDER else next_version(None, commits)


def describe(plan: Plan) -> Iterator[str]:
    """The plan in lines, for a terminal."""
    count = len(plan.commits)
    yield f"{plan.last or 'the first release'} -> {plan.tag}   {count} {'commit' if count == 1 else 'commits'}"
    yield ""
    yield from (f"  {line}".rstrip() for line in plan.notes.splitlines())
    yield ""
    wanted = python_version(plan.version)
    width = max(len(one.name) for one in plan.packages)
    yield "Packages"
    yield from (
        f"  {one.name:<{width}}  {one.version if one.version == wanted else f'{one.version} -> {wanted}'}"
        for one in plan.packages
    )
    yield ""
    yield f"Image tags  {', '.join(plan.images)}"
