"""References to images, as the container engines read them.

In: the text of ``image:``. Out: its registry, repository, tag and digest, or an error that names what is wrong. The
grammar is that of the distribution project's reference package. Knows nothing of what an image holds.
"""

from __future__ import annotations

import re

from msgspec import Struct

from sluice.source.errors import UsageError

DEFAULT_REGISTRY = "docker.io"
_COMPONENT = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DIGEST = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}")
_REGISTRY = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.?)+(?::[0-9]+)?|\[[0-9a-fA-F:]+\](?::[0-9]+)?")
_HUBS = {"docker.io", "index.docker.io", "registry-1.docker.io"}
_MIRRORS = ("public.ecr.aws/docker/library/", "mirror.gcr.io/library/", "docker.io/library/")
_MOST_CHARACTERS = 255


class ImageReference(Struct, frozen=True, kw_only=True):
    """``registry/repository:tag@digest``. Without tag and digest the engines take the tag ``latest``."""

    registry: str
    repository: str
    tag: str | None = None
    digest: str | None = None

    @property
    def official(self) -> str | None:
        """The name of an official image (``postgres``), also from a registry that mirrors those; else ``None``."""
        full = f"{self.registry}/{self.repository}"
        for mirror in _MIRRORS:
            name = full.removeprefix(mirror)
            if name != full and "/" not in name:
                return name
        return None

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        return f"{self.registry}/{self.repository}{tag}" + (f"@{self.digest}" if self.digest else "")


def parse_image(text: str) -> ImageReference:
    """Read a reference. Raises ``UsageError`` that names what was found and what is allowed."""
    rest, has_digest, digest = text.partition("@")
    if has_digest and not _DIGEST.fullmatch(digest):
        raise _bad(text, f"'{digest}' is no digest; expected algorithm:hexadecimal, as sha256:9f86d0...")
    registry, path = _split_registry(text, rest)
    path, has_tag, tag = path.partition(":")
    if has_tag and not _TAG.fullmatch(tag):
        raise _bad(text, f"'{tag}' is no tag; expected up to 128 letters, digits, '_', '.', '-', not '.' or '-' first")
    if registry == DEFAULT_REGISTRY and "/" not in path:
        path = f"library/{path}"
    _check_path(text, path)
    if len(f"{registry}/{path}") > _MOST_CHARACTERS:
        raise _bad(text, f"its name has more than {_MOST_CHARACTERS} characters")
    return ImageReference(registry=registry, repository=path, tag=tag or None, digest=digest or None)


def _split_registry(text: str, rest: str) -> tuple[str, str]:
    first, slash, path = rest.partition("/")
    if not slash or not (set(first) & set(".:[") or first == "localhost" or first != first.lower()):
        return DEFAULT_REGISTRY, rest
    if not _REGISTRY.fullmatch(first):
        raise _bad(text, f"'{first}' is no registry; expected a host name, with :port where it needs one")
    return (DEFAULT_REGISTRY if first in _HUBS else first), path


def _check_path(text: str, path: str) -> None:
    for component in path.removeprefix("library/").split("/"):
        if not component:
            raise _bad(text, "a part of its name is empty")
        if component != component.lower():
            raise _bad(text, f"'{component}' has capital letters; a repository's name is all small letters")
        if not _COMPONENT.fullmatch(component):
            raise _bad(text, f"'{component}' is no name; expected small letters and digits, joined by '.', '_', '-'")


def _bad(text: str, reason: str) -> UsageError:
    return UsageError(f"'{text}' is no image reference: {reason}", hint="for example postgres:16-alpine")
