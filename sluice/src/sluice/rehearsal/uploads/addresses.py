"""Indexes of Python packages, and where the run's own stands in for each.

``https://upload.pypi.org/legacy/`` is met at ``API/index/https/upload.pypi.org/legacy/``.
"""

from __future__ import annotations

import socket
from pathlib import Path
from urllib.parse import urlsplit

PLACE = "/index/"
PYPI, TEST_PYPI = "https://upload.pypi.org/legacy/", "https://test.pypi.org/legacy/"
NAMED = {"pypi": PYPI, "main": PYPI, "testpypi": TEST_PYPI, "test": TEST_PYPI}
"""What clients call the two that everybody knows."""
USER = "__token__"
HELD_BACK = ("upload.pypi.org", "uploads.github.com")
"""Names that serve for uploads alone, so that a job which asks for one past the stand-in may as well not find it."""


def is_here(address: str) -> bool:
    """Whether an address is of this machine, or of a service of the job's: that has a name of one word, which the job
    finds on its own loopback.
    """
    host = urlsplit(address).hostname or ""
    if not host or "." in host or ":" in host:
        return host.startswith("127.") or host == "::1"
    try:
        return host == "localhost" or socket.gethostbyname(host).startswith("127.")
    except OSError:
        return False


def stand_in_for(api: str, index: str) -> str:
    """Where an index is met in a rehearsal."""
    scheme, _, rest = index.partition("://")
    return f"{api}{PLACE}{scheme}/{rest}"


def index_at(path: str) -> str:
    """The index that a path of the stand-in is for."""
    scheme, _, rest = path.removeprefix(PLACE).partition("/")
    return f"{scheme}://{rest}"


def of_the_file(file: Path, name: str) -> dict[str, str]:
    """What ``.pypirc`` says of an index: ``repository``, ``username``, ``password``; nothing where it can't be read."""
    from configparser import Error, RawConfigParser  # noqa: PLC0415 (most runs publish nothing)

    parser = RawConfigParser()
    try:
        parser.read(file, encoding="utf-8")
    except (Error, OSError, UnicodeDecodeError):
        return {}
    return dict(parser[name]) if parser.has_section(name) else {}


def file_text(api: str) -> str:
    """A ``.pypirc`` by which clients that are called without an address find the stand-in."""
    lines = ["[distutils]", "index-servers =", "\tpypi", "\ttestpypi"]
    for name in ("pypi", "testpypi"):
        lines += [f"[{name}]", f"repository = {stand_in_for(api, NAMED[name])}", f"username = {USER}"]
    return "\n".join(lines) + "\n"
