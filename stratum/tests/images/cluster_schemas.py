"""The published schemas of Kubernetes: 17,000 files, more than all else that is installed, for the few tests that ask.

So they are no dependency of every environment: the wheels, locked in ``schemas.lock``, are fetched once and imported
as they are.
"""

import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

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
    sys.path += [str(wheel) for wheel in sorted(_fetched().glob("*.whl"))]
    import kubernetes_validate  # noqa: PLC0415

    return kubernetes_validate


def _fetched() -> Path:
    """The folder with the wheels; skips where the index can't be reached."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sluice-tests"
    folder = home / "kubernetes-schemas"
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
        _keep(Path(temporary, "wheels"), folder)
    return folder


def _keep(made: Path, folder: Path) -> None:
    try:
        made.rename(folder)
    except OSError:  # another process was faster
        if not folder.is_dir():
            raise
