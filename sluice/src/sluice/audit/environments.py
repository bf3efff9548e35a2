"""Installed packages: the metadata of a virtual environment. In: a repository. Out: licences by name and version."""

from __future__ import annotations

import os
from collections.abc import Iterator
from email.message import Message
from importlib.metadata import distributions
from pathlib import Path
from typing import cast

from packaging.utils import canonicalize_name

from sluice.audit.licences import licence_of


def installed_licences(root: Path) -> dict[tuple[str, str], str | None]:
    """The licence of each distribution in the repository's environment, or in the active one."""
    places = [str(place) for folder in _environments(root) for place in folder.glob("lib/python*/site-packages")]
    found: dict[tuple[str, str], str | None] = {}
    for distribution in distributions(path=places):
        metadata = cast("Message", distribution.metadata)
        name = metadata.get("Name")
        if name:
            found.setdefault((canonicalize_name(str(name)), distribution.version), licence_of(metadata))
    return found


def _environments(root: Path) -> Iterator[Path]:
    yield from (root / name for name in (".venv", "venv"))
    if active := os.environ.get("VIRTUAL_ENV"):
        yield Path(active)
