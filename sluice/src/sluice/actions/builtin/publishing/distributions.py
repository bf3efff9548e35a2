"""Python distributions as an index takes them: names, digests, metadata, and what ``twine check`` finds in it.

In: files. Out: facts and problems. What renders a description in reStructuredText is twine's own business.
"""

from __future__ import annotations

import hashlib
import tarfile
import zipfile
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

from msgspec import Struct
from packaging.metadata import ExceptionGroup as MetadataErrors
from packaging.metadata import InvalidMetadata, Metadata
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version

_LARGEST_METADATA = 16 * 1024 * 1024
_RENDERED = frozenset({"text/plain", "text/x-rst", "text/markdown"})


class NoDistributionError(ValueError):
    """The file is none that an index takes, or has no metadata."""


class Distribution(Struct, frozen=True, kw_only=True):
    """A file with its ``size`` in bytes and its SHA-256 in hex.

    ``problems`` are those for which an index refuses it, ``doubts`` those that it passes over; ``rendered`` is what
    its description is written in, if it has one.
    """

    path: Path
    name: str
    version: str
    size: int
    digest: str
    problems: tuple[str, ...]
    doubts: tuple[str, ...]
    rendered: str | None


def read_distribution(path: Path) -> Distribution:
    """A wheel or an sdist. Raises ``NoDistributionError``."""
    name, version = _by_file_name(path)
    metadata, problems = _parse(metadata_of(path))
    found = list(problems)
    rendered: str | None = None
    doubts: list[str] = []
    if metadata is not None:
        found += _differences(metadata, name, version)
        rendered, doubts = _description(metadata)
    return Distribution(
        path=path,
        name=name,
        version=str(version),
        size=path.stat().st_size,
        digest=digest_of(path, "sha256"),
        problems=tuple(found),
        doubts=tuple(doubts),
        rendered=rendered,
    )


def digest_of(path: Path, algorithm: str) -> str:
    """In hex; ``blake2b`` with the 32 bytes that PyPI takes."""
    with path.open("rb") as file:
        if algorithm == "blake2b":
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=32)).hexdigest()
        return hashlib.file_digest(file, lambda: hashlib.new(algorithm, usedforsecurity=False)).hexdigest()


def _by_file_name(path: Path) -> tuple[str, Version]:
    try:
        if path.name.endswith(".whl"):
            name, version, *_ = parse_wheel_filename(path.name)
        else:
            name, version = parse_sdist_filename(path.name)
    except (InvalidWheelFilename, InvalidSdistFilename) as error:
        raise NoDistributionError(f"Unknown distribution format: '{path.name}': {error}") from error
    return name, version


def metadata_of(path: Path) -> bytes:
    """METADATA of a wheel, PKG-INFO of an sdist. Raises ``NoDistributionError``."""
    try:
        found = _of_the_zip(path) if zipfile.is_zipfile(path) else _of_the_tarball(path)
    except (OSError, zipfile.BadZipFile, tarfile.TarError, EOFError) as error:
        raise NoDistributionError(f"{path.name} can't be read: {error}") from error
    if found is None:
        raise NoDistributionError(f"{path.name} has no {'METADATA' if path.suffix == '.whl' else 'PKG-INFO'}")
    return found


def _of_the_zip(path: Path) -> bytes | None:
    ending = ".dist-info/METADATA" if path.suffix == ".whl" else "/PKG-INFO"
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.filename.endswith(ending) and member.filename.count("/") == 1:
                with archive.open(member) as file:
                    return file.read(_LARGEST_METADATA)
    return None


def _of_the_tarball(path: Path) -> bytes | None:
    with tarfile.open(path) as archive:
        for member in archive:
            if member.isfile() and member.name.endswith("/PKG-INFO") and member.name.count("/") == 1:
                file = archive.extractfile(member)
                return file.read(_LARGEST_METADATA) if file else None
    return None


def _parse(text: bytes) -> tuple[Metadata | None, list[str]]:
    try:
        return Metadata.from_email(text), []
    except MetadataErrors as errors:
        return None, [_words(error) for error in errors.exceptions]


def _words(error: Exception) -> str:
    return f"{error.field}: {error}" if isinstance(error, InvalidMetadata) else str(error)


def _differences(metadata: Metadata, name: str, version: Version) -> Iterator[str]:
    """PyPI takes no file whose name says another project or version than its metadata, and no local version."""
    if canonicalize_name(metadata.name) != canonicalize_name(name):
        yield f"the file's name says '{name}', its metadata '{metadata.name}'"
    if metadata.version != version:
        yield f"the file's name says version {version}, its metadata {metadata.version}"
    if version.local:
        yield f"'{version}' is a local version, which an index takes from nobody"


def _description(metadata: Metadata) -> tuple[str | None, list[str]]:
    text, kind = metadata.description, metadata.description_content_type
    doubts = [] if kind else ["`long_description_content_type` missing. defaulting to `text/x-rst`."]
    if not text or text.strip() == "UNKNOWN":
        return None, [*doubts, "`long_description` missing."]
    message = Message()
    message["Content-Type"] = kind or "text/x-rst"
    rendered = message.get_content_type()
    return rendered if rendered in _RENDERED else "text/plain", doubts
