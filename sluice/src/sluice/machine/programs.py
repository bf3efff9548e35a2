"""What a program of this machine says of itself: its version, mostly."""

from __future__ import annotations

import subprocess
from pathlib import Path


def answer_of(program: Path | str, *words: str, seconds: float = 20) -> str:
    """What the program prints when it is started with these words; empty where it can't be, fails or takes longer."""
    try:
        done = subprocess.run(
            [program, *words],
            check=True,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout
