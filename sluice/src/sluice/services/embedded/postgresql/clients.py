"""PostgreSQL's own clients on this machine: ``psql``, ``pg_restore``. The fetched servers come without them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from sluice.machine.programs import answer_of
from sluice.services.embedded.postgresql.installations import INSTALLED
from sluice.source.errors import UnavailableError

_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


def find_client(name: str, major: int) -> Path:
    """The program of the server's version, else of the next newer one, which reads older archives, else of an older.

    Raises ``UnavailableError`` where there is none.
    """
    found = [(version, path) for path in _candidates(name) if (version := _major(path)) is not None]
    if not found:
        raise UnavailableError(
            f"{name}, which belongs to PostgreSQL's clients, is not here",
            tried=[*INSTALLED, f"{name} on PATH"],
            hint="apt-get install postgresql-client",
        )
    return min(found, key=lambda one: (one[0] < major, abs(one[0] - major)))[1]


def _candidates(name: str) -> Iterator[Path]:
    for pattern in INSTALLED:
        yield from sorted(Path("/").glob(f"{pattern.lstrip('/')}/{name}"))
    if on_path := shutil.which(name):
        yield Path(on_path)


def _major(path: Path) -> int | None:
    match = _VERSION.search(answer_of(path, "--version"))
    return int(match[1]) if match else None
