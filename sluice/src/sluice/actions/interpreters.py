"""Python interpreters of this machine: on PATH, of pyenv, of uv. In: nothing. Out: programs with their versions."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

from sluice.actions.versions import Version, allows, show_version
from sluice.machine.programs import answer_of

ASK = "import sys; print('.'.join(map(str, sys.version_info[:3])), sys.implementation.name, sys.executable)"
_FETCH_SECONDS = 300


class Interpreter(Struct, frozen=True, kw_only=True):
    """A CPython, a Node.js, a Go or a uv; ``place`` says where it was found: ``path``; ``pyenv``, ``uv``; ``nvm``,
    ``fnm``; ``goenv``, ``gvm``, ``sdk``, ``installed``; ``tools``, ``package``, ``beside``.
    """

    program: Path
    version: Version
    place: str

    @property
    def text(self) -> str:
        """The version as text."""
        return show_version(self.version)


def newest_first(found: Iterable[Interpreter]) -> tuple[Interpreter, ...]:
    """One of each version, the newest first; of equal versions the first place found."""
    known: dict[Version, Interpreter] = {}
    for one in found:
        known.setdefault(one.version, one)
    return tuple(sorted(known.values(), key=lambda one: one.version, reverse=True))


def that_answer(
    candidates: Iterable[tuple[Path, str]], ask: Callable[[Path], Version | None]
) -> tuple[Interpreter, ...]:
    """The programs of ``candidates`` (each with its place) that tell their version, as ``newest_first`` has them."""
    asked = ((program, ask(program), place) for program, place in candidates)
    return newest_first(
        Interpreter(program=program, version=version, place=place)
        for program, version, place in asked
        if version is not None
    )


@lru_cache(maxsize=1)
def find_interpreters() -> tuple[Interpreter, ...]:
    """Every CPython that answers, newest first; of equal versions the first place found."""
    found = (_ask(program, place) for program, place in _candidates())
    return newest_first(one for one in found if one is not None)


def _candidates() -> Iterator[tuple[Path, str]]:
    shares = Path(os.environ.get("XDG_DATA_HOME", str(Path.home() / ".local/share")))
    pythons = Path(os.environ.get("UV_PYTHON_INSTALL_DIR", str(shares / "uv/python")))
    for root in _pyenv_roots():
        yield from ((path, "pyenv") for path in sorted(root.glob("versions/3.*/bin/python3")))
    yield from ((path, "uv") for path in sorted(pythons.glob("cpython-*/bin/python3")))
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        if "shims" not in folder:
            yield from ((path, "path") for path in sorted(Path(folder or ".").glob("python3*")) if _is_python(path))


def _pyenv_roots() -> Iterator[Path]:
    """The user's, and that of the pyenv on PATH: with another home it still stands where it was installed."""
    yield Path(os.environ.get("PYENV_ROOT", str(Path.home() / ".pyenv")))
    if found := shutil.which("pyenv"):
        yield Path(found).resolve().parent.parent  # `bin/pyenv` is a link to `libexec/pyenv`


def _is_python(path: Path) -> bool:
    return re.fullmatch(r"python3(\.\d+)?", path.name) is not None and os.access(path, os.X_OK)


def _ask(program: Path, place: str) -> Interpreter | None:
    return read_interpreter(answer_of(program, "-I", "-c", ASK), place)


def read_interpreter(text: str, place: str) -> Interpreter | None:
    """What an interpreter answered to ``ASK``; ``None`` when it is no CPython."""
    version, _, rest = text.strip().partition(" ")
    implementation, _, executable = rest.partition(" ")
    if implementation != "cpython":
        return None
    return Interpreter(program=Path(executable), version=tuple(map(int, version.split("."))), place=place)


def choose(wanted: str, interpreters: Iterable[Interpreter]) -> Interpreter | None:
    """The newest interpreter that a version or range allows (``3.11``, ``3.x``, ``>=3.9 <3.12``, ``~3.11.2``)."""
    return next((found for found in interpreters if allows(wanted, found.version)), None)


def fetch_interpreter(uv: str, wanted: str) -> tuple[Interpreter | None, str]:
    """Let uv fetch an interpreter; it, and what uv said. ``None`` where uv can't: no way out, no such version."""
    from sluice.machine.parent import die_with_parent  # noqa: PLC0415 (it loads ctypes, which few runs need)

    command = [uv, "python", "install", "--no-progress", "--color=never", _range_for_uv(wanted)]
    try:
        done = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_FETCH_SECONDS,
            stdin=subprocess.DEVNULL,
            preexec_fn=die_with_parent(signal.SIGKILL),
        )
    except (OSError, subprocess.SubprocessError) as error:
        return None, f"uv can't fetch it: {error}"
    find_interpreters.cache_clear()
    return choose(wanted, find_interpreters()), done.stderr.strip()


def _range_for_uv(wanted: str) -> str:
    """``>=3.9 <3.12`` as ``>=3.9,<3.12``; ``3.x`` as ``3``."""
    return ",".join(re.sub(r"\.[xX*]", "", part) for part in wanted.split())
