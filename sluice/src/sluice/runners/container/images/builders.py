"""What builds images: BuildKit by a client of Docker's, or the classic builder, which knows fewer instructions.

A client from version 23 on builds with BuildKit only through its plug-in buildx; an older one has BuildKit inside.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

from sluice.machine.programs import answer_of

_INSIDE_BEFORE = 23
"""Docker 23.0's release notes: BuildKit needs the plug-in from here on."""


class Builder(StrEnum):
    """What builds images."""

    BUILDX = "buildx"
    BUILDKIT = "BuildKit"
    CLASSIC = "the classic builder"


def builder_inside(version: str) -> Builder:
    """What a client without buildx has, by the line that it prints of its version."""
    found = re.search(r"version (\d+)", version)
    return Builder.BUILDKIT if found and int(found[1]) < _INSIDE_BEFORE else Builder.CLASSIC


def docker_programs(folders: Iterable[str]) -> list[str]:
    """Docker's clients in these folders, the first one first. What this user may not look into has none."""
    found = (shutil.which("docker", path=folder) for folder in folders if folder)
    return list(dict.fromkeys(str(Path(place).resolve()) for place in found if place is not None))


def buildkit_command() -> tuple[str, ...]:
    """The words that build with BuildKit on this machine, and load the image; nothing where no client can."""
    programs = docker_programs(os.environ.get("PATH", "").split(":"))
    for program in programs:
        if answer_of(program, "buildx", "version"):
            return (program, "buildx", "build", "--load", "--progress", "plain")
    for program in programs:
        if builder_inside(answer_of(program, "--version")) is Builder.BUILDKIT:
            return (program, "build", "--progress", "plain")
    return ()
