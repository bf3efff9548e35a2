"""The release that could be made now. In: a repository and what a person asks. Out: a plan; nothing is changed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from semver import Version

from sluice.app.releasing.looking import (
    came_since,
    check_history,
    find_page,
    read_changelog,
    read_commits,
    read_tags,
)
from sluice.app.releasing.packages import Package, find_packages
from sluice.app.releasing.project import ReleaseSettings, read_settings
from sluice.app.settings import FILE
from sluice.delivery.release.changelog import Links, released_in, render_notes, written_for
from sluice.delivery.release.commits import Commit, History
from sluice.delivery.release.versions import (
    image_tags,
    known_versions,
    nearly_version,
    next_version,
    other_prefix,
    pre_release,
    read_version,
    version_in_file,
)
from sluice.source.errors import UsageError

_PLAIN = re.compile(r"\d+\.\d+\.\d+")
_PLACEHOLDER = "0.0.0"
_ONE_VERSION = "; all packages of a release have its version: one with its own is private, or not in the workspace"


class Plan(Struct, frozen=True, kw_only=True):
    """A release: ``last`` is the tag of the last stable one; ``notes`` are Markdown: the ``written`` file's, where a
    person wrote them there beforehand, else made of the commits.
    """

    last: str | None
    version: Version
    tag: str
    commits: tuple[Commit, ...]
    packages: tuple[Package, ...]
    images: tuple[str, ...]
    notes: str
    written: str = ""


class Wish(Struct, frozen=True, kw_only=True):
    """What a person asks for: a channel of pre-releases, a version of their own, a release although nothing came."""

    channel: str | None = None
    version: str | None = None
    empty: bool = False


def make_plan(root: Path, wish: Wish) -> Plan:
    """The next release. Raises ``UsageError`` when there is nothing to release, or the version is not a later one."""
    settings = read_settings(root)
    tags = read_tags(root)
    known = known_versions(tags, settings.prefix)
    history = _history(root, wish, tags, settings)
    packages = find_packages(root)
    version = _version(wish, known, _base(history, known, settings), (history.commits, packages))
    tag = f"{settings.prefix}{version}"
    changelog = read_changelog(root, settings) or ""
    if not wish.empty:
        _check_news(root, history, _earlier(version, known, settings))
    if wish.version is None:
        _check_cut(tag, history.commits)
        _check_said(tag, version, _said(packages, changelog, settings))
    links = Links(base=find_page(root, settings))
    written = written_for(changelog, str(version))
    return Plan(
        last=history.last,
        version=version,
        tag=tag,
        commits=history.commits,
        packages=packages,
        images=image_tags(version, known),
        notes=written or render_notes(history.commits, links, before=history.last or "", after=tag),
        written=settings.changelog if written else "",
    )


def _history(root: Path, wish: Wish, tags: Mapping[str, str], settings: ReleaseSettings) -> History:
    """Since the last release. Raises ``UsageError`` where the version that comes can't be told from what is here."""
    if wish.version is None and not known_versions(tags, settings.prefix):
        _check_prefix(tags, settings)
    history = read_commits(root, settings)
    if wish.version is None and history.last is None:
        check_history(root)
    return history


def tags_of_images(root: Path, tag: str) -> tuple[str, ...]:
    """The tags of the images of a release, given the others that there are. Raises ``UsageError`` for no version."""
    prefix = read_settings(root).prefix
    return image_tags(read_version(tag.removeprefix(prefix)), known_versions(read_tags(root), prefix))


def _check_prefix(tags: Iterable[str], settings: ReleaseSettings) -> None:
    """Releases that were tagged otherwise are none for the settings: a plan would begin anew, and be wrong."""
    found = other_prefix(tags, settings.prefix)
    if found is not None:
        tag, prefix = found
        raise UsageError(
            f"No tag is '{settings.prefix}' and a version, but {tag} is there",
            hint=f'`tag-prefix = "{prefix}"` in [release] of {FILE}, or --version for the first one with '
            f"'{settings.prefix}'",
        )
    if (near := nearly_version(tags, settings.prefix)) is not None:
        tag, version = near
        raise UsageError(
            f"No tag is '{settings.prefix}' and a version, but {tag} is there",
            hint=f"a version has three numbers without zeros in front: git tag {settings.prefix}{version} '{tag}^{{}}' "
            "tells of it so; or --version for the first one",
        )


def _earlier(version: Version, known: Iterable[Version], settings: ReleaseSettings) -> str | None:
    """The tag of the last pre-release of the same channel; another channel, or the release itself, promotes it."""
    channel = (version.prerelease or "").partition(".")[0]
    base = version.finalize_version()
    same = [one for one in known if one.finalize_version() == base and (one.prerelease or "").startswith(f"{channel}.")]
    return f"{settings.prefix}{max(same)}" if channel and same else None


def _check_news(root: Path, history: History, earlier: str | None) -> None:
    """Raises ``UsageError`` where a release would be the last one once more, with nothing to tell."""
    last = history.last if not history.commits else earlier
    if not history.commits or (earlier is not None and not came_since(root, earlier)):
        raise UsageError(
            f"Nothing came since {last or 'the beginning'}",
            hint="what isn't committed doesn't count; --allow-empty releases it anyway",
        )


def _said(packages: Sequence[Package], changelog: str, settings: ReleaseSettings) -> Iterator[tuple[Version, str]]:
    """The versions that files have, with the files' names."""
    of_packages = ((one.version, one.folder if one.folder != "." else "pyproject.toml") for one in packages)
    of_changelog = ((version, settings.changelog) for version in released_in(changelog))
    for text, place in (*of_packages, *of_changelog):
        if (version := version_in_file(text)) is not None:
            yield version, place


def _check_cut(tag: str, commits: Iterable[Commit]) -> None:
    """Raises ``UsageError`` where HEAD comes after a cut's own commit of the tag."""
    at = next((one.sha for one in commits if (one.scope, one.text) == ("release", tag)), None)
    if at is not None:
        raise UsageError(
            f"{tag} was cut already, at {at[:12]}, but its tag is gone",
            hint=f"git fetch --tags, or git tag {tag} {at[:12]}; --version takes another one, or this one anew",
        )


def _check_said(tag: str, version: Version, said: Iterable[tuple[Version, str]]) -> None:
    """Raises ``UsageError`` where a file is ahead of the plan: the tag of what it tells of is gone, or elsewhere."""
    said = list(said)
    found, place = max(said, default=(version, ""))
    if found > version.finalize_version():
        others = any(each < found for each, _ in said)
        raise UsageError(
            f"The tags ask for {tag}, but {place} has {found} already",
            hint=f"where {found} was released its tag is missing before HEAD: git fetch --tags, or git tag it again; "
            f"else --version {found.finalize_version()} releases it now{_ONE_VERSION if others else ''}",
        )


def _base(history: History, known: Sequence[Version], settings: ReleaseSettings) -> Version | None:
    """The stable release that HEAD comes after: on the branch of an older line that isn't the newest one. Where tags
    stand on branches of their own only, the newest.
    """
    if history.last is not None:
        return read_version(history.last.removeprefix(settings.prefix))
    return max((one for one in known if one.prerelease is None), default=None)


def _version(
    wish: Wish, known: Sequence[Version], base: Version | None, found: tuple[Sequence[Commit], Sequence[Package]]
) -> Version:
    version = read_version(wish.version) if wish.version is not None else _next(base, known, *found)
    if wish.channel is not None:
        version = pre_release(version, wish.channel, known)
    if base is not None and version.finalize_version() <= base:
        raise UsageError(f"{version} does not come after {base}", hint="--version takes a later one")
    if version in known:
        raise UsageError(f"{version} was released already", hint="--version takes another one")
    return version


def _next(
    base: Version | None, known: Sequence[Version], commits: Sequence[Commit], packages: Sequence[Package]
) -> Version:
    """Before the first release its pre-releases say what it is, then the packages, unless theirs is a placeholder."""
    if base is not None:
        return next_version(base, commits)
    if known:
        return known[-1].finalize_version()
    named = {one.version for one in packages if one.version}
    said = named.pop() if len(named) == 1 else ""
    return read_version(said) if _PLAIN.fullmatch(said) and said != _PLACEHOLDER else next_version(None, commits)


def describe(plan: Plan) -> Iterator[str]:
    """The plan in lines, for a terminal."""
    count = len(plan.commits)
    yield f"{plan.last or 'the first release'} -> {plan.tag}   {count} {'commit' if count == 1 else 'commits'}"
    yield ""
    if plan.written:
        yield f"As {plan.written} has it, which the cut takes for the notes:"
        yield ""
    yield from (f"  {line}".rstrip() for line in plan.notes.splitlines())
    yield ""
    yield from _package_lines(plan)
    yield f"Image tags  {', '.join(plan.images)}"


def _package_lines(plan: Plan) -> Iterator[str]:
    if not plan.packages:
        return
    width = max(len(one.name) for one in plan.packages)
    yield "Packages"
    for one in plan.packages:
        wanted = one.spelled(plan.version)
        said = (
            "the tag says it" if one.file is None else wanted if one.version == wanted else f"{one.version} -> {wanted}"
        )
        yield f"  {one.name:<{width}}  {said}"
    yield ""
