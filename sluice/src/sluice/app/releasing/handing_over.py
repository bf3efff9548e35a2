"""Where a release's files go: in place of an earlier build's, never of anything else. In: folders. Out: files moved."""

from __future__ import annotations

import shutil
from fnmatch import fnmatch
from pathlib import Path

from sluice.source.errors import UsageError

_BUILT = ("*.whl", "*.tar.gz", "*.cdx.json", "provenance.json", "SHA256SUMS", ".gitignore")
_SIGNS = ("*.whl", "provenance.json")
"""One of these is in each build."""


def check_folder(out: Path) -> None:
    """Raises ``UsageError`` when something is in ``out`` that a build doesn't make: it would be gone."""
    inside = sorted(out.iterdir()) if out.is_dir() else []
    strange = next((path for path in inside if not _is_built(path)), None)
    if strange is None and inside and not any(fnmatch(path.name, sign) for path in inside for sign in _SIGNS):
        strange = inside[0]
    if strange is not None:
        raise UsageError(
            f"{out} would be emptied, and '{strange.name}' in it is of no build",
            hint="--out with an empty folder, a new one, or one of an earlier build",
        )


def _is_built(path: Path) -> bool:
    return path.is_file() and not path.is_symlink() and any(fnmatch(path.name, pattern) for pattern in _BUILT)


def hand_over(built: Path, out: Path) -> None:
    """Move what was built to ``out``, in place of what an earlier build left there."""
    check_folder(out)
    shutil.rmtree(out, ignore_errors=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(built, out)
