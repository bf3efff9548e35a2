"""An image of the container engine as an archive, for as long as it is looked at."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sluice.source.errors import UnavailableError, UsageError

_ENGINES = ("docker", "podman")
_SECONDS = 1800


@contextmanager
def image_file(given: str) -> Iterator[Path]:
    """``given`` itself when it is an archive or a layout here, else that image of the engine, saved.

    Raises ``UnavailableError`` without an engine, ``UsageError`` for an image that it hasn't got.
    """
    place = Path(given)
    if place.is_file() or (place / "index.json").is_file() or (place / "manifest.json").is_file():
        yield place
        return
    engine = next((found for name in _ENGINES if (found := shutil.which(name))), None)
    if engine is None:
        raise UnavailableError(
            f"'{given}' is no archive here, and there is no container engine that could have such an image",
            tried=[f"{name}: not on PATH" for name in _ENGINES],
            hint="install Docker or Podman, or give an archive that 'docker save' wrote",
        )
    with tempfile.TemporaryDirectory(prefix="sluice-image-") as folder:
        path = Path(folder) / "image.tar"
        _save(engine, given, path)
        yield path


def _save(engine: str, image: str, path: Path) -> None:
    try:
        done = subprocess.run(
            [engine, "save", "--output", str(path), "--", image],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnavailableError(f"the container engine doesn't save '{image}': {error}") from error
    if done.returncode == 0:
        return
    said = (done.stderr.strip().splitlines() or ["nothing was said"])[-1]
    if "daemon" in said and "running" in said:
        raise UnavailableError(f"the container engine doesn't answer: {said}", hint="start it")
    raise UsageError(f"'{image}' is no archive here, and the engine can't save it: {said}")
