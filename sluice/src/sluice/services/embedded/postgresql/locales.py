"""Which locale a cluster gets: the image's where this machine has it, else the nearest one."""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Callable

_LC_ALL_MASK = 0x1F3F
_NEAREST = ("C.UTF-8", "C.utf8", "C")


def exists(name: str) -> bool:
    """Whether this machine has a locale; the process's own stays as it is."""
    try:
        library = ctypes.CDLL(None)
        library.newlocale.restype = ctypes.c_void_p
        library.newlocale.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p]
        library.freelocale.argtypes = [ctypes.c_void_p]
        found = library.newlocale(_LC_ALL_MASK, name.encode(), None)
    except (OSError, AttributeError):
        return name in _NEAREST
    if found is None:
        return False
    library.freelocale(found)
    return True


def nearest(name: str, exists: Callable[[str], bool] = exists) -> tuple[str, str | None]:
    """A locale that is here, and a notice where it is another."""
    if exists(name):
        return name, None
    found = next((other for other in _NEAREST if exists(other)), "C")
    return found, f"the locale {name} isn't installed here: {found} is used, which may sort text otherwise"
