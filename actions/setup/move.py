"""Move a virtual environment: `move.py FOLDER` writes where it is now in place of where it was made.

Scripts begin with the path of their Python; a package that is installed in place is found by a path in a ``.pth`` file.
Compiled Python needs nothing: an import corrects the path that it holds.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

MADE_IN = ".made-in"
"""The file in the environment that says in which folder it was made."""


def main(environment: Path) -> None:
    """Move it from the folder that it names to the one that it is in, and name that one."""
    place, mark = os.fsencode(environment.resolve().parent), environment / MADE_IN
    if mark.exists() and (old := mark.read_bytes()) != place:
        for file in _that_hold_paths(environment):
            content = file.read_bytes()
            if old in content:
                file.write_bytes(content.replace(old, place))
    mark.write_bytes(place)


def _that_hold_paths(environment: Path) -> Iterator[Path]:
    files = (path for path in environment.glob("bin/*") if path.is_file() and not path.is_symlink())
    yield from (path for path in files if not path.read_bytes().startswith(b"\x7fELF"))
    yield from environment.glob("lib/python*/site-packages/*.pth")
    yield from environment.glob("lib/python*/site-packages/*.dist-info/direct_url.json")


main(Path(sys.argv[1]))
