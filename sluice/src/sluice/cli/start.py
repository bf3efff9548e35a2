"""The first thing that runs, so it imports next to nothing: the version at once, else the command line.

Python's collector of reference cycles would run a hundred times while a few hundred modules are loaded, and find
nothing. It gets more to do at once here, and at the end is told to leave alone what goes with the process anyway.
"""

from __future__ import annotations

import gc
import sys

from sluice import __version__

_YOUNG, _MIDDLE, _OLD = 100_000, 20, 100
"""After how many new objects, and how many rounds of the generation below, the collector runs. Loading takes 55,000."""


def start() -> None:
    """Run the command line and exit."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        sys.stdout.write(f"sluice {__version__}\n")
        sys.exit(0)
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
    _open_streams()
    try:
        from sluice.cli.main import main

        main()
    except KeyboardInterrupt:  # before ``main`` is there to heed it
        sys.exit(130)
    finally:
        gc.freeze()


def _open_streams() -> None:
    """Have somewhere to write to where the caller has closed output or errors (``>&-``): what is opened next would
    get their numbers.
    """
    import os

    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for name, number in (("stdin", 0), ("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "r" if name == "stdin" else "w", encoding="utf-8", closefd=False))  # noqa: SIM115


__all__ = ["start"]
