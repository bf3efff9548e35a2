"""Whether tree, changelog, tags and package versions say the same of a release. In: facts. Out: what differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field

from sluice.delivery.release.changelog import is_unreleased, section_of
from sluice.delivery.release.versions import known_versions, python_version, read_version


class Facts(Struct, frozen=True, kw_only=True):
    """A repository as it stands: ``packages`` are versions by folder, ``tags`` commits by name, ``head`` is HEAD's
    commit, ``changes`` paths that aren't committed. ``changelog`` is ``None`` where there is none. Packages that are
    ``semantic`` spell a version as the tag does; ``locked`` are lock files, folders, versions there. ``earlier``
    are the tags that HEAD comes after, ``None`` where that isn't known.
    """

    head: str
    packages: Mapping[str, str]
    tags: Mapping[str, str] = field(default_factory=dict)
    changes: Sequence[str] = ()
    changelog: str | None = None
    prefix: str = "v"
    semantic: frozenset[str] = frozenset()
    locked: Sequence[tuple[str, str, str]] = ()
    earlier: frozenset[str] | None = None


class Difference(Struct, frozen=True, kw_only=True):
    """Something that doesn't agree: where, what was found, and what to do."""

    place: str
    found: str
    remedy: str


def differences(facts: Facts, tag: str) -> tuple[Difference, ...]:
    """What stands against releasing HEAD as ``tag``; nothing when all agree. Raises ``UsageError`` for no version."""
    return (*_tree(facts), *_tag(facts, tag), *_packages(facts, tag), *_changelog(facts, tag))


def _tree(facts: Facts) -> Iterator[Difference]:
    if facts.changes:
        shown = ", ".join(facts.changes[:5]) + (" ..." if len(facts.changes) > 5 else "")
        yield Difference(place="tree", found=f"not committed: {shown}", remedy="commit or stash it")


def _tag(facts: Facts, tag: str) -> Iterator[Difference]:
    version = read_version(tag.removeprefix(facts.prefix))
    at = facts.tags.get(tag)
    if not tag.startswith(facts.prefix):
        yield Difference(
            place="tag", found=f"{tag} has no '{facts.prefix}' in front", remedy=f"{facts.prefix}{version}"
        )
    if at is not None and at != facts.head:
        yield Difference(
            place="tag",
            found=f"{tag} is at {at[:12]}, HEAD at {facts.head[:12]}",
            remedy="check out the tag, or take a new version",
        )
    others = [name for name in facts.tags if name != tag and (facts.earlier is None or name in facts.earlier)]
    newer = [one for one in known_versions(others, facts.prefix) if one >= version]
    if at is None and newer:
        yield Difference(
            place="tag", found=f"{tag} comes after {facts.prefix}{newer[-1]}", remedy="take a higher version"
        )


def _packages(facts: Facts, tag: str) -> Iterator[Difference]:
    version = read_version(tag.removeprefix(facts.prefix))
    places = [(folder, folder, found) for folder, found in facts.packages.items()]
    for place, folder, found in (*places, *facts.locked):
        wanted = str(version) if folder in facts.semantic else python_version(version)
        if found != wanted:
            yield Difference(place=place, found=f"version {found}, the tag says {wanted}", remedy="sluice release cut")


def _changelog(facts: Facts, tag: str) -> Iterator[Difference]:
    version = str(read_version(tag.removeprefix(facts.prefix)))
    if facts.changelog is None:
        yield Difference(place="changelog", found="there is none", remedy="sluice release cut writes one")
        return
    section = section_of(facts.changelog, version)
    if section is None:
        yield Difference(place="changelog", found=f"no section '## {version}'", remedy="sluice release cut writes it")
    elif not section.strip():
        yield Difference(place="changelog", found=f"the section '## {version}' is empty", remedy="say what changed")
    elif is_unreleased(facts.changelog, version):
        yield Difference(
            place="changelog", found=f"'## {version}' says not released", remedy="sluice release cut dates it"
        )
