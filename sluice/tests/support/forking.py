"""A program's ``main`` in a process of its own that needs no start of Python."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from tempfile import TemporaryDirectory
from typing import NoReturn

_SECONDS = 20


def forked(main: Callable[[], int], *, cwd: Path | None = None, given: str = "") -> CompletedProcess[str]:
    """What it did: its exit code and what it printed, also when it became another program. It ends after 20 s."""
    with TemporaryDirectory() as folder:
        into = [Path(folder, name) for name in ("given", "printed", "said")]
        into[0].write_text(given, encoding="utf-8")
        process = os.fork()
        if process == 0:
            _become(main, into, cwd)
        code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        return CompletedProcess([], code, *(file.read_text(encoding="utf-8") for file in into[1:]))


def _become(main: Callable[[], int], into: list[Path], cwd: Path | None) -> NoReturn:
    code = 1
    try:
        signal.alarm(_SECONDS)
        for number, file in enumerate(into):
            os.dup2(os.open(file, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
        sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w", buffering=1)  # noqa: SIM115
        os.chdir(cwd or Path.cwd())
        code = main()
    except SystemExit as problem:
        code = problem.code if isinstance(problem.code, int) else 0
    except BaseException:  # noqa: BLE001 - the test sees it
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
