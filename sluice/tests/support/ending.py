"""What tests start in sessions of their own ends with them, however they end: a run may wait for a review for ever.

In: a folder. Out: nothing of whoever has its ``SLUICE_HOME`` below it is left, also after ``kill -9``.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_END = """\
import os, signal, sys
from pathlib import Path
sys.stdin.read()  # until whoever holds the other end is gone
below = b"SLUICE_HOME=" + os.fsencode(sys.argv[1]) + b"/"
for folder in Path("/proc").glob("[0-9]*"):
    try:
        given = (folder / "environ").read_bytes().split(b"\\0")
        if any(one.startswith(below) for one in given) and int(folder.name) != os.getpid():
            os.kill(int(folder.name), signal.SIGKILL)
    except OSError:
        continue
"""


@contextmanager
def ending(folder: Path) -> Iterator[None]:
    """Leaving, or dying within, ends every process that works below the folder."""
    with subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _END, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ):
        yield
