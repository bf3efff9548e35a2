"""Data folders that outlive their servers: the next server with the same template takes one instead of a fresh copy.

In: a template. Out: a folder equal to it. Creating a thousand files is what a start costs most, and a server changes
few of them; so a folder is made like its template again when its server ends, and once more looked over when it is
taken. A few wait for each template, the others are removed.
"""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from sluice.services.embedded.copying import copy_folder
from sluice.services.embedded.folders import Folders, locked, own_place
from sluice.source.errors import UnavailableError

MOST = 2
"""How many wait for each template."""

MOST_TEMPLATES, IDLE_SECONDS = 12, 3600.0
"""A template and its spares take some 120 MB."""


def take(folders: Folders, template: Path, target: Path) -> None:
    """A folder equal to ``template`` at ``target``. Raises ``UnavailableError`` when the disk is full."""
    try:
        if _take_spare(folders, template, target):
            with suppress(OSError):  # something is odd about it: a fresh copy is made
                copy_folder(template, target, folders.identity)
                return
            shutil.rmtree(target, ignore_errors=True)
        copy_folder(template, target, folders.identity)
    except OSError as error:
        raise UnavailableError(
            f"{template.name} can't be copied to {target}: {error.strerror or error}",
            hint="make room, or set SLUICE_HOME to a folder elsewhere",
        ) from error


def _take_spare(folders: Folders, template: Path, target: Path) -> bool:
    place = folders.spares / template.name
    with locked(folders.locks / "spares"):
        spare = next(iter(sorted(place.iterdir())), None) if place.is_dir() else None
        if spare is not None:
            spare.rename(target)
    return spare is not None


def give_back(folders: Folders, template: Path, used: Path) -> None:
    """Keep a folder whose server has ended, for the next; where that can't be it stays, to be removed."""
    with suppress(OSError, UnavailableError):
        place = folders.spares / template.name
        if not template.is_dir() or _is_full(place):
            return
        copy_folder(template, used, folders.identity)
        with locked(folders.locks / "spares"):
            if not _is_full(place):
                place.mkdir(mode=0o700, exist_ok=True)
                used.rename(place / uuid4().hex)


def claim(folders: Folders, template: Path) -> None:
    """Count the template as used now: whoever trims leaves it where it is. Nothing is done where there is none."""
    with locked(folders.locks / "spares"), suppress(FileNotFoundError):
        os.utime(template)


def trim(folders: Folders, most: int = MOST_TEMPLATES, idle: float = IDLE_SECONDS) -> list[str]:
    """Remove the templates beyond ``most`` that were not used for ``idle`` seconds, and spares without one; the names
    of the templates removed.
    """
    with locked(folders.locks / "trimming"):
        away = own_place(folders.root, ".trimmed@")
        try:
            return _put_away(folders, away, most, idle)
        finally:
            shutil.rmtree(away, ignore_errors=True)


def _put_away(folders: Folders, away: Path, most: int, idle: float) -> list[str]:
    """At once, so that nobody can claim what is about to go; the names of the templates among it."""
    with locked(folders.locks / "spares"):
        ages = {place: time.time() - place.stat().st_mtime for place in folders.templates.iterdir()}
        oldest = [place for place in sorted(ages, key=ages.__getitem__)[most:] if ages[place] > idle]
        for place in oldest:
            place.rename(away / place.name)
        for place in folders.spares.iterdir():
            if not (folders.templates / place.name).is_dir():
                place.rename(away / f"{place.name}@")
    return [place.name for place in oldest]


def _is_full(place: Path) -> bool:
    return place.is_dir() and sum(1 for _ in place.iterdir()) >= MOST
