"""Which twin counts: the native one where it was built, the pure one elsewhere."""

from importlib import import_module

from loka_metrics import pure
from loka_metrics.protocol import Cells


def _native() -> Cells | None:
    try:
        module: Cells = import_module("loka_metrics.native")
    except ImportError:
        return None
    return module


_FOUND = _native()
NATIVE = _FOUND is not None
"""Whether the extension was built here."""
CELLS: Cells = pure if _FOUND is None else _FOUND
