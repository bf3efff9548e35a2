"""uv on this machine: on PATH, beside Sluice, or brought from the package index into the tool cache.

In: what a version must satisfy. Out: programs with their versions. A fetched release stands whole in ``<tools>/uv/``.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from sluice.actions.interpreters import Interpreter, that_answer
from sluice.actions.versions import Version, read_version, show_version
from sluice.actions.wheels import PackageError, alone, find_pip, published, unpacked
from sluice.machine.programs import answer_of
from sluice.source.errors import UnavailableError

PACKAGE = "uv"
_SAYS = re.compile(r"uv (\d+\.\d+\.\d+)")


def find_uvs(tools: Path) -> tuple[Interpreter, ...]:
    """Every uv that answers, newest first; of equal versions the first place found."""
    return that_answer(_candidates(tools), _ask)


def _candidates(tools: Path) -> Iterator[tuple[Path, str]]:
    on_path = shutil.which("uv")
    if on_path:
        yield Path(on_path), "path"
    yield Path(sys.executable).parent / "uv", "beside"
    yield from ((path, "tools") for path in sorted(tools.glob("uv/*/uv")))


@lru_cache(maxsize=64)
def _ask(program: Path) -> Version | None:
    found = _SAYS.match(answer_of(program, "--version"))
    return read_version(found[1]) if found else None


def fetch_uv(tools: Path, fits: Callable[[Version], bool], *, lowest: bool = False) -> Interpreter:
    """Bring the newest release that fits, or the oldest. Raises ``UnavailableError`` with what was tried."""
    try:
        pip = find_pip(PACKAGE)
        version = _chosen(published(pip, PACKAGE), fits, lowest=lowest)
        home = tools / "uv" / show_version(version)
        with alone(home.parent):
            if not (home / "uv").is_file():
                with unpacked(pip, PACKAGE, show_version(version), home.parent) as folder:
                    _keep(folder, home)
    except PackageError as error:
        raise UnavailableError("uv can't be had from the package index", tried=[str(error)]) from error
    return Interpreter(program=home / "uv", version=version, place="tools")


def _chosen(versions: list[Version], fits: Callable[[Version], bool], *, lowest: bool) -> Version:
    fitting = [version for version in versions if fits(version)]
    if not fitting:
        raise PackageError(f"the package {PACKAGE}, none of whose releases fits")
    return min(fitting) if lowest else max(fitting)


def _keep(folder: Path, home: Path) -> None:
    """The programs of the wheel."""
    (scripts,) = folder.glob("uv-*.data/scripts")
    for program in scripts.iterdir():
        program.chmod(0o755)
    scripts.rename(home)
