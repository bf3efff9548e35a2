"""Which version of a server a tag asks for, and which of those that can be had serves it.

In: a tag such as ``15``, ``15.4-bookworm``, ``16-alpine3.20``, ``latest``. Out: a choice, with a notice where it is
not exactly what was asked for. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

from sluice.source.errors import UnavailableError

_TAG = re.compile(r"(?P<major>\d+)(?:\.(?P<minor>\d+))?(?P<early>(?:alpha|beta|rc)\d+)?(?:-[a-z][a-z0-9.-]*)?")
_PACKAGE = re.compile(r"(?P<major>\d+)\.(?P<minor>\d+)\.(?P<patch>\d+)(?:-(?P<stage>alpha|beta)\.(?P<number>\d+))?")
_NEWEST = re.compile(r"latest|(?:alpine|bookworm|bullseye|buster|trixie)(?:[0-9.]*)")


class Version(Struct, frozen=True, order=True):
    """A server's version; ``build`` tells packages of the same version apart, later ones are greater. ``package`` is
    how the registry writes it; empty for an installed server.
    """

    major: int
    minor: int
    build: tuple[int, ...] = ()
    package: str = ""

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


class WantedVersion(Struct, frozen=True, kw_only=True):
    """What a tag asks for: ``major`` ``None`` is the newest of all, ``minor`` ``None`` the newest of its major."""

    major: int | None
    minor: int | None = None

    def __str__(self) -> str:
        if self.major is None:
            return "the newest"
        return str(self.major) if self.minor is None else f"{self.major}.{self.minor}"

    def admits(self, version: Version) -> bool:
        """Whether this version is just what was asked for."""
        return self.major in {None, version.major} and self.minor in {None, version.minor}


class Choice(Struct, frozen=True, kw_only=True):
    """A version, and a sentence where it is not the one that was asked for."""

    version: Version
    notice: str | None = None


def read_package_version(text: str) -> Version | None:
    """The server's version in a package's (``15.18.0-beta.17`` packages 15.18); ``None`` where it has another form."""
    match = _PACKAGE.fullmatch(text)
    if match is None:
        return None
    stage = (-2 if match["stage"] == "alpha" else -1, int(match["number"])) if match["stage"] else (0, 0)
    return Version(int(match["major"]), int(match["minor"]), (int(match["patch"]), *stage), text)


def read_tag(tag: str | None) -> WantedVersion | None:
    """What a tag asks for; ``None`` when it names no version."""
    if tag is None or _NEWEST.fullmatch(tag):
        return WantedVersion(major=None)
    match = _TAG.fullmatch(tag)
    if match is None:
        return None
    minor = match["minor"]
    return WantedVersion(major=int(match["major"]), minor=int(minor) if minor is not None else None)


def choose(wanted: WantedVersion, available: Iterable[Version], server: str) -> Choice:
    """The newest version that fits; another minor version with a notice.

    Raises ``UnavailableError`` naming the majors that there are.
    """
    known = sorted(available)
    fitting = [version for version in known if wanted.major in {None, version.major}]
    if not fitting:
        majors = sorted({version.major for version in known})
        raise UnavailableError(
            f"{server} {wanted} can't be had here",
            tried=[f"versions that there are: {', '.join(map(str, majors)) or 'none'}"],
            hint="install that version on this machine, or a container engine",
        )
    exact = [version for version in fitting if wanted.admits(version)]
    if exact:
        return Choice(version=exact[-1])
    newest = fitting[-1]
    return Choice(version=newest, notice=f"{server} {wanted} can't be had here: {newest} is used")
