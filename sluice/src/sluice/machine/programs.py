"""Short commands of this machine's programs, run to their end. In: words. Out: what they printed, or why nothing.

Their input is empty: a program that would ask for a password fails instead of waiting for whoever started Sluice.
"""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


class ProgramError(Exception):
    """It can't be started, failed or took too long. The message is one line; ``said`` all that it wrote to stderr."""

    def __init__(self, message: str, said: str = "") -> None:
        super().__init__(message)
        self.said = said


def output_of(
    command: Sequence[Path | str],
    *,
    seconds: float,
    folder: Path | str | None = None,
    environment: Mapping[str, str] | None = None,
    ends_with_this: bool = False,
) -> str:
    """What the command printed; ``environment`` stands for this process's. Raises ``ProgramError`` where it fails.

    One that takes long, or writes, ``ends_with_this`` process, however that ends.
    """
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            check=True,
            preexec_fn=_end_with_parent() if ends_with_this else None,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise _failure(Path(command[0]).name, error) from error
    return done.stdout


def _failure(name: str, error: OSError | subprocess.SubprocessError) -> ProgramError:
    match error:
        case subprocess.CalledProcessError():
            said = str(error.stderr).strip()
            last = said.splitlines()[-1] if said else f"{name} failed with exit code {error.returncode}"
            return ProgramError(last, said)
        case subprocess.TimeoutExpired():
            return ProgramError(f"{name} took longer than {error.timeout:g} seconds")
    return ProgramError(f"{name} can't be started: {getattr(error, 'strerror', None) or error}")


def _end_with_parent() -> Callable[[], None] | None:
    from sluice.machine.parent import die_with_parent  # noqa: PLC0415 (it loads ctypes, which few runs need)

    return die_with_parent(signal.SIGKILL)


def answer_of(program: Path | str, *words: str, seconds: float = 20) -> str:
    """What a program says of itself, its version mostly; empty where it can't be started, fails or takes longer."""
    try:
        return output_of([program, *words], seconds=seconds)
    except ProgramError:
        return ""


def own_program(module: str) -> str:
    """The words, for a shell, that run the ``main`` of a module of this very Sluice, whatever its caller's variables
    say of Python.
    """
    root = str(Path(__file__).resolve().parents[2])
    code = f"import sys; sys.path.insert(0, {root!r}); from {module} import main; sys.exit(main(sys.argv[1:]))"
    return shlex.join([sys.executable, "-I", "-c", code])
