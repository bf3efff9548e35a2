"""GitHub's own conformance data, which is not part of the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def conformance_folder(part: str) -> Path:
    """``expressions`` or ``workflows`` in the folder that SLUICE_CONFORMANCE names, or in ``shared/conformance`` beside
    or above the repository. Skips where there is none.
    """
    if given := os.environ.get("SLUICE_CONFORMANCE"):
        return Path(given) / part
    candidates = (parent / "shared/conformance" / part for parent in Path(__file__).resolve().parents)
    found = next((folder for folder in candidates if folder.is_dir()), None)
    if found is None:
        pytest.skip("no shared/conformance beside the repository; SLUICE_CONFORMANCE can name it")
    return found
