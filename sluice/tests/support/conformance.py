"""Where GitHub's own cases are: beside the repository, or where SLUICE_CONFORMANCE says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def conformance_folder(name: str) -> Path:
    """The folder of one kind of cases; without it the test is skipped and says so."""
    here = Path(__file__).resolve()
    places = [Path(given) for given in (os.environ.get("SLUICE_CONFORMANCE"),) if given]
    places += [folder / "shared/conformance" for folder in here.parents]
    found = next((place / name for place in places if (place / name).is_dir()), None)
    if found is None:
        pytest.skip("GitHub's conformance cases are not on this machine (SLUICE_CONFORMANCE names their folder)")
    return found
