"""Virtual environments with a package of the index: by uv where it is here, which takes a fraction of a second, or by
venv and pip, which take a dozen of a processor's.

In: an interpreter, a folder, a package. Out: the environment in the folder. uv reads none of pip's settings: where they
alone say which index this machine asks, pip asks it.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from sluice.actions.uv import find_uvs
from sluice.machine.programs import ProgramError, output_of

_SECONDS = 300
_INDEX = re.compile(r"^\s*(?:extra-index-url|index-url|no-index)\s*[=:]", re.MULTILINE)
_PIP_SAYS = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX")
_UV_SAYS = ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_CONFIG_FILE")


class InstallationError(Exception):
    """A package can't be had; the message is the last line of what was said."""


def usable_uv(tools: Path) -> Path | None:
    """The newest uv of this machine, if it asks the index that pip would ask."""
    if _pip_has_its_own_index() and not any(os.environ.get(name) for name in _UV_SAYS):
        return None
    return next((one.program for one in find_uvs(tools)), None)


def _pip_has_its_own_index() -> bool:
    return any(os.environ.get(name) for name in _PIP_SAYS) or any(map(_names_an_index, _pip_settings()))


def _pip_settings() -> Iterator[Path]:
    """Where pip looks, on Linux and macOS: https://pip.pypa.io/en/stable/topics/configuration/#location."""
    home = Path.home()
    shared = os.environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
    own = os.environ.get("XDG_CONFIG_HOME") or home / ".config"
    folders = [*shared.split(os.pathsep), "/Library/Application Support", own, home / "Library/Application Support"]
    yield from (Path(folder, "pip/pip.conf") for folder in folders)
    yield from (Path("/etc/pip.conf"), home / ".pip/pip.conf", Path(sys.prefix, "pip.conf"))
    if named := os.environ.get("PIP_CONFIG_FILE"):
        yield Path(named)


def _names_an_index(settings: Path) -> bool:
    try:
        return _INDEX.search(settings.read_text(encoding="utf-8", errors="replace")) is not None
    except OSError:  # it isn't there, or is the null device
        return False


def install(python: Path, place: Path, package: str, uv: Path | None) -> None:
    """An environment in the empty ``place``, with the package. Raises ``InstallationError``."""
    if uv is not None:
        try:
            _run_all(
                ([str(uv), "venv", "--quiet", "--python", str(python), str(place)], place.parent),
                ([str(uv), "pip", "install", "--quiet", "--python", str(place / "bin/python"), package], place.parent),
            )
        except InstallationError:  # pip tries, and tells
            shutil.rmtree(place, ignore_errors=True)
        else:
            return
    pip = [str(place / "bin/python"), "-m", "pip", "--disable-pip-version-check"]
    _run_all(([str(python), "-m", "venv", str(place)], None), ([*pip, "install", "--quiet", package], None))


def _run_all(*commands: tuple[Sequence[str], Path | None]) -> None:
    """Each in a folder, or this one."""
    for command, folder in commands:
        try:
            output_of(command, seconds=_SECONDS, folder=folder)
        except ProgramError as error:
            raise InstallationError(str(error)) from error
