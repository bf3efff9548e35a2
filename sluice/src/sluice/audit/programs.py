"""Scanners as programs: found beside this Python or on the path, run for a bounded time. In: words. Out: output."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from sluice.audit.model import NotCheckedError, Ran

LIMIT_SECONDS = 900
EXTRA = "pip install 'sluice-ci[audit]'"
_LONGEST_WORDS = 100_000


def run_program(*words: str, folder: Path, hint: str = EXTRA) -> Ran:
    """Run ``words`` in ``folder``. Raises ``NotCheckedError`` where the program is missing or doesn't end."""
    name, *rest = words
    command = [find_program(name, hint), *rest]
    try:
        done = subprocess.run(
            command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=LIMIT_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise NotCheckedError(f"{name} did not end within {LIMIT_SECONDS} s") from error
    except OSError as error:
        raise NotCheckedError(f"{name} can't be started: {error.strerror}") from error
    return Ran(code=done.returncode, output=done.stdout, errors=done.stderr.decode("utf-8", "replace"))


def find_program(name: str, hint: str = EXTRA) -> str:
    """Where the program is: beside this Python, else on the path. Raises ``NotCheckedError``."""
    beside = Path(sys.executable).parent
    found = shutil.which(name, path=f"{beside}{os.pathsep}{os.environ.get('PATH', os.defpath)}")
    if found is None:
        raise NotCheckedError(f"{name} isn't installed", hint=hint)
    return found


def last_line(ran: Ran) -> str:
    """What a program said last on its way out."""
    lines = [line.strip() for line in ran.errors.splitlines() if line.strip()]
    return lines[-1][:300] if lines else f"exit code {ran.code}"


def in_portions(names: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The names in groups that fit a command line."""
    portions: list[list[str]] = [[]]
    room = _LONGEST_WORDS
    for name in names:
        if room < len(name):
            portions.append([])
            room = _LONGEST_WORDS
        portions[-1].append(name)
        room -= len(name) + 1
    return [tuple(portion) for portion in portions if portion]
