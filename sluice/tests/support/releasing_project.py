"""``sluice release`` in a test's repository, as a person calls it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from click.testing import CliRunner

from sluice.cli.release_command import command

Commit: TypeAlias = Callable[..., None]
"""Write files and commit all that is there with a message; ``tag`` tags it."""


def git(root: Path, *words: str) -> str:
    """What git prints."""
    done = subprocess.run(["git", *words], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def release(*words: str) -> str:
    """What ``sluice release`` prints. Raises its errors."""
    done = CliRunner().invoke(command, list(words), standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.output


def planned(*words: str) -> str:
    """From where to where the plan goes: ``v1.0.0 -> v1.1.0``."""
    return release("plan", *words).splitlines()[0].partition("   ")[0]
