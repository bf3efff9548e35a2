"""What would have left the machine, for the log of the step and for the run that it belongs to."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path

EFFECTS = "SLUICE_EFFECTS"
PACKAGE, IMAGE, PUSH, MAIL = "package-upload", "image-push", "push", "mail"
"""Kinds of effects."""


def tell(kind: str, target: str, request: str) -> None:
    """Say it, and write it down."""
    sys.stdout.write(f"Sluice: a rehearsal sends nothing: {request}\n")
    note(kind, target, request)


def note(kind: str, target: str, request: str) -> None:
    """Write it down for the run that the step belongs to."""
    place = os.environ.get(EFFECTS)
    if place:
        with Path(place).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"kind": kind, "target": target, "request": request}) + "\n")


def of_the_file(file: Path) -> str:
    """A file's name, size and digest; its name alone where it isn't there."""
    if not file.is_file():
        return file.name
    data = file.read_bytes()
    return f"{file.name} ({len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()})"


def host_of(address: str) -> str:
    """The host of an address; what is none as it is."""
    return address.partition("://")[2].partition("/")[0] or address
