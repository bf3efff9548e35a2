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
    from sluice.cli.main import main

    try:
        main()
    finally:
        gc.freeze()


__all__ = ["start"]
