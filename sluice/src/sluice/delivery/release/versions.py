"""Versions: the next one, its channel, what it is called elsewhere. SemVer (semver.org, 2.0.0) is the rule.

Before 1.0 what breaks raises the minor number, as SemVer leaves open and everybody does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from semver import Version

from sluice.delivery.release.commits import Commit, Group
from sluice.source.errors import UsageError

CHANNELS = ("alpha", "beta", "rc")
"""The kinds of pre-release that both SemVer and PEP 440 know, in their order."""
_PEP_440 = {"alpha": "a", "beta": "b", "rc": "rc"}
_IN_FILE = re.compile(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:[-.]?(alpha|beta|a|b|rc)\.?(\d+))?(?:\.post\d+)?")
_PRE = re.compile(r"(alpha|beta|rc)\.(0|[1-9]\d*)")
_OTHERWISE = re.compile(r"(|[^0-9].*?)(\d+\.\d+\.\d+.*)")
_NUMBERS = re.compile(r"\D*(\d+(?:\.\d+)+)")
FIRST = Version(0, 1, 0)


def read_version(text: str) -> Version:
    """A version, with or without ``v`` in front. Raises ``UsageError`` for what is none, or has an unknown channel."""
    try:
        version = Version.parse(text.removeprefix("v"))
    except ValueError as error:
        raise UsageError(f"'{text}' is no version: {error}", hint="v1.2.3 or v1.2.3-rc.1") from error
    if version.prerelease is not None and not _PRE.fullmatch(version.prerelease):
        raise UsageError(
            f"'{text}' is no pre-release that Python packages know, too",
            hint=f"v1.2.3-CHANNEL.N with one of {', '.join(CHANNELS)}",
        )
    if version.build is not None:
        raise UsageError(f"'{text}' has build metadata, which no tag of an image can hold", hint="leave out the '+'")
    return version


def version_in_file(text: str) -> Version | None:
    """What a package or a changelog calls a release, in SemVer's or in PEP 440's spelling, also with fewer numbers;
    ``None`` for what is none, as ``1.2.3.dev0`` or ``1.2.3-SNAPSHOT``: that one is yet to come.
    """
    found = _IN_FILE.fullmatch(text)
    if found is None:
        return None
    channel = next((one for one, short in _PEP_440.items() if found[4] in (one, short)), None)
    major, minor, patch = (int(number or 0) for number in found.group(1, 2, 3))
    return Version(major, minor, patch, f"{channel}.{int(found[5])}" if channel else None)


def known_versions(tags: Iterable[str], prefix: str) -> list[Version]:
    """The versions among tags, in their order; others are no releases."""
    found: list[Version] = []
    for tag in tags:
        try:
            own = tag.removeprefix(prefix)
            found += [read_version(own)] if tag.startswith(prefix) and own[:1].isdigit() else []
        except UsageError:
            continue
    return sorted(found)


def other_prefix(tags: Iterable[str], prefix: str) -> tuple[str, str] | None:
    """The newest version among tags that begin otherwise, and how: ``("1.4.0", "")``; ``None`` where there is none."""
    found = [(one[1], one[2]) for tag in tags if (one := _OTHERWISE.fullmatch(tag)) and one[1] != prefix]
    versions = [(version, how) for how, text in found for version in known_versions([text], "")]
    version, how = max(versions, default=(None, ""))
    return None if version is None else (f"{how}{version}", how)


def nearly_version(tags: Iterable[str], prefix: str) -> tuple[str, Version] | None:
    """The newest among tags that end in numbers but in no version, those with the prefix first, and the version nearest
    to it: ``("release-1.2", 1.2.0)``; ``None`` where there is none.
    """
    found = [(tag.startswith(prefix), _three(one[1]), tag) for tag in tags if (one := _NUMBERS.fullmatch(tag))]
    _, version, tag = max(found, default=(False, None, ""))
    return None if version is None else (tag, version)


def _three(numbers: str) -> Version:
    major, minor, patch = ([int(one) for one in numbers.split(".")] + [0])[:3]
    return Version(major, minor, patch)


def next_version(last: Version | None, commits: Sequence[Commit]) -> Version:
    """The version after ``last`` that the commits ask for; the first one is 0.1.0."""
    if last is None:
        return FIRST
    if any(one.breaking is not None for one in commits):
        return last.bump_major() if last.major else last.bump_minor()
    if any(one.group is Group.FEATURE for one in commits):
        return last.bump_minor()
    return last.bump_patch()


def pre_release(version: Version, channel: str, known: Iterable[Version]) -> Version:
    """The next pre-release of a version in a channel, after those that there are. Raises ``UsageError``."""
    if channel not in _PEP_440:
        raise UsageError(f"'{channel}' is no channel", hint=f"one of {', '.join(CHANNELS)}")
    base = version.finalize_version()
    taken = [one.prerelease for one in known if one.finalize_version() == base and one.prerelease]
    numbers = [int(text.partition(".")[2]) for text in taken if text.startswith(f"{channel}.")]
    return base.replace(prerelease=f"{channel}.{max(numbers, default=0) + 1}")


def python_version(version: Version) -> str:
    """The version as Python packages have it (PEP 440): ``1.2.3-rc.1`` is ``1.2.3rc1``."""
    base = f"{version.major}.{version.minor}.{version.patch}"
    if version.prerelease is None:
        return base
    channel, _, number = version.prerelease.partition(".")
    return f"{base}{_PEP_440[channel]}{number}"


def image_tags(version: Version, known: Iterable[Version] = ()) -> tuple[str, ...]:
    """The tags of an image: a pre-release has its own alone; a stable version moves the wider ones and ``latest``
    forward, never back (``known`` are the versions that there are).
    """
    own = str(version)
    if version.prerelease is not None:
        return (own,)
    stable = [one for one in known if one.prerelease is None and one > version]
    wider = []
    if not any((one.major, one.minor) == (version.major, version.minor) for one in stable):
        wider.append(f"{version.major}.{version.minor}")
    if version.major and not any(one.major == version.major for one in stable):
        wider.append(str(version.major))
    return (own, *wider, *(() if stable else ("latest",)))
