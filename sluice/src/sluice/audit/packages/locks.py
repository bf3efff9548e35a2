"""Lock files that are TOML or JSON: uv, Poetry, PDM, pylock, Pipenv, npm, Cargo. In: a text. Out: the packages.

A package of the repository itself (a workspace member, a folder) is none. Raises ``ValueError``, ``KeyError`` and the
like for another shape.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from packaging.utils import canonicalize_name

from sluice.audit.packages.model import Ecosystem, Package

_OWN = ("editable", "virtual", "directory", "path", "workspace")


def read_toml_lock(text: str, file: str, ecosystem: Ecosystem) -> Iterator[Package]:
    """``[[package]]`` of uv, Poetry, PDM and Cargo, ``[[packages]]`` of a pylock file."""
    document = tomllib.loads(text)
    lines = _lines(text, 'name = "')
    for entry in document.get("package", document.get("packages", [])):
        name, version = entry.get("name"), entry.get("version")
        if isinstance(name, str) and isinstance(version, str) and not _is_own(entry, ecosystem):
            shown = canonicalize_name(name) if ecosystem is Ecosystem.PYPI else name
            yield Package(ecosystem=ecosystem, name=shown, version=version, file=file, line=lines.get(name))


def _is_own(entry: Mapping[str, Any], ecosystem: Ecosystem) -> bool:
    source = entry.get("source")
    if ecosystem is Ecosystem.CRATES:
        return source is None
    return any(word in entry or (isinstance(source, Mapping) and word in source) for word in _OWN)


def read_pipfile_lock(text: str, file: str) -> Iterator[Package]:
    """Pipenv's: the sections ``default`` and ``develop``."""
    document = json.loads(text)
    lines = _lines(text, '"')
    for section in ("default", "develop"):
        for name, entry in document.get(section, {}).items():
            version = str(entry.get("version", "")).removeprefix("==")
            if version:
                yield Package(
                    ecosystem=Ecosystem.PYPI,
                    name=canonicalize_name(name),
                    version=version,
                    file=file,
                    line=lines.get(name),
                )


def read_npm_lock(text: str, file: str) -> Iterator[Package]:
    """npm's, of version 2 or 3, with the licence that it carries."""
    packages = json.loads(text).get("packages")
    if not isinstance(packages, Mapping):
        raise KeyError("packages")  # npm 6 and before wrote none
    lines = _lines(text, '"node_modules/')
    for path, entry in packages.items():
        name = str(entry.get("name") or path.rpartition("node_modules/")[2])
        if "node_modules/" in path and entry.get("version") and not entry.get("link"):
            licence = entry.get("license")
            yield Package(
                ecosystem=Ecosystem.NPM,
                name=name,
                version=str(entry["version"]),
                file=file,
                line=lines.get(path.removeprefix("node_modules/")),
                licence=licence if isinstance(licence, str) else None,
            )


def _lines(text: str, before: str) -> dict[str, int]:
    """The first line that names each thing behind ``before``."""
    found: dict[str, int] = {}
    for number, row in enumerate(text.splitlines(), 1):
        start = row.strip()
        if start.startswith(before):
            found.setdefault(start.removeprefix(before).partition('"')[0], number)
    return found
