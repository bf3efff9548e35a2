"""Which uv a workflow or a project wants: ``version``, a file that says it, and whether a release fits."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from sluice.actions.protocol import ActionFailedError
from sluice.actions.versions import Version, allows, read_version, show_version

_REQUIREMENT = re.compile(r"^uv\s*([=<>!~][^;#\s]*)", re.MULTILINE)
_TOOL = re.compile(r"^uv\s+(\S+)", re.MULTILINE)


def version_from_file(path: Path) -> str | None:
    """``required-version`` of uv.toml and pyproject.toml, ``uv`` of .tool-versions, ``uv==`` of a list of requirements.

    Raises ``ActionFailedError`` for a file that can't be read.
    """
    if not path.is_file():
        return None
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".toml":
        return _required(text, path)
    found = _TOOL.search(text) if path.name == ".tool-versions" else _REQUIREMENT.search(text)
    return found[1] if found else None


def _required(text: str, path: Path) -> str | None:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ActionFailedError(f"{path.name} can't be read: {error}") from error
    settings = document if path.name == "uv.toml" else document.get("tool", {}).get("uv", {})
    found = settings.get("required-version")
    return found if isinstance(found, str) else None


def fitting(wanted: str) -> Callable[[Version], bool]:
    """A test for releases: an exact one, a specifier of Python's (``>=0.5,<0.6``), or a range of npm's (``0.5.x``).

    Raises ``ActionFailedError`` for anything else.
    """
    text = wanted.strip()
    if text in {"", "latest", "latest-known"}:
        return lambda _: True
    if (exact := read_version(text)) is not None and len(exact) > 2:
        return lambda version: version == exact
    try:
        specifiers = SpecifierSet(text)
    except InvalidSpecifier:
        if re.fullmatch(r"[\d.xX*\s<>=~^|v-]+", text) is None:
            raise ActionFailedError(f"No version found for {wanted}") from None
        return lambda version: allows(text, version)
    return lambda version: show_version(version) in specifiers
