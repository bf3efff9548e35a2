"""A tool of a release, run to its end. In: its words. Out: what it said; one that takes too long is an error."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from sluice.source.errors import UnavailableError

SECONDS = 900.0
"""What a tool may take: reading a long history with large commits takes minutes."""


def run_tool(
    words: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """What came of it, also when it failed. Raises ``UnavailableError`` where it can't be run or takes too long."""
    name = Path(words[0]).name
    try:
        return subprocess.run(words, cwd=folder, env=environment, capture_output=True, check=False, timeout=SECONDS)
    except subprocess.TimeoutExpired as error:
        raise UnavailableError(f"{name} took over {SECONDS:g} s in {folder}") from error
    except OSError as error:
        raise UnavailableError(f"{name} can't be run: {error.strerror}") from error
