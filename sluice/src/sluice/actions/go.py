"""Go on this machine: on PATH, in the places where installers put it, or brought through the module proxy.

In: a wanted version or range. Out: programs with their versions. Go itself brings another release of itself, as the
module ``golang.org/toolchain``, by the proxy that it is set up for; it stays in ``<tools>/go``.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from sluice.actions.interpreters import Interpreter, that_answer
from sluice.actions.versions import Version, allows, read_version, show_version
from sluice.machine.programs import ProgramError, output_of
from sluice.source.errors import UnavailableError

_SECONDS = 300
_SAYS = re.compile(r"go version go(\d+(?:\.\d+)*) ")
_BRINGS_OTHERS = (1, 21)
"""From here on Go knows other toolchains (go.dev/doc/toolchain)."""


def find_gos(tools: Path) -> tuple[Interpreter, ...]:
    """Every Go that answers, newest first; of equal versions the first place found."""
    return that_answer(_candidates(tools), _ask)


def _candidates(tools: Path) -> Iterator[tuple[Path, str]]:
    on_path = shutil.which("go")
    if on_path:
        yield Path(on_path).resolve(), "path"
    home = Path.home()
    goenv, gvm = (Path(os.environ.get(name, home / folder)) for name, folder in _MANAGERS.items())
    patterns = (
        (Path("/usr"), "local/go/bin/go", "installed"),
        (Path("/usr/lib"), "go-*/bin/go", "installed"),
        (home, "sdk/go*/bin/go", "sdk"),
        (goenv, "versions/*/bin/go", "goenv"),
        (gvm, "gos/go*/bin/go", "gvm"),
        (tools, "go/golang.org/toolchain@*/bin/go", "tools"),
    )
    for folder, pattern, place in patterns:
        yield from ((path, place) for path in sorted(folder.glob(pattern)))


_MANAGERS = {"GOENV_ROOT": ".goenv", "GVM_ROOT": ".gvm"}


@lru_cache(maxsize=64)
def _ask(program: Path) -> Version | None:
    try:
        found = _SAYS.match(_run([str(program), "version"], {"GOTOOLCHAIN": "local"}))
    except UnavailableError:
        return None
    return read_version(found[1]) if found else None


def fetch_go(tools: Path, wanted: str, known: Sequence[Interpreter]) -> Interpreter:
    """Bring the newest release that the range allows. Raises ``UnavailableError`` with what was tried."""
    helper = next((go for go in known if go.version >= _BRINGS_OTHERS), None)
    if helper is None:
        raise UnavailableError(f"Go {wanted} can't be brought: there is no Go 1.21 or newer that brings others")
    version = _published(helper, wanted)
    if version is None:
        raise UnavailableError(f"The module proxy knows no release of Go that '{wanted}' allows")
    environment = {"GOTOOLCHAIN": f"go{show_version(version)}", "GOMODCACHE": str(tools / "go"), "GOFLAGS": ""}
    root = _run([str(helper.program), "env", "GOROOT"], environment).strip()
    return Interpreter(program=Path(root) / "bin/go", version=version, place="tools")


def _published(helper: Interpreter, wanted: str) -> Version | None:
    """The newest of those that the proxy names for the range's own numbers, and of the newest of all."""
    exact = read_version(wanted)
    if exact is not None and len(exact) > 2:
        return exact
    minors = dict.fromkeys(re.findall(r"\d+\.\d+", wanted))
    found = [_latest(helper, query) for query in ("latest", *minors)]
    return max((version for version in found if version and allows(wanted, version)), default=None)


def _latest(helper: Interpreter, query: str) -> Version | None:
    try:
        said = _run([str(helper.program), "list", "-m", f"go@{query}"], {"GOTOOLCHAIN": "local"})
    except UnavailableError:
        return None
    return read_version(said.partition(" ")[2])


def newest_go(tools: Path) -> Version:
    """The newest release of all: the proxy's, or that of this machine where the proxy can't be asked.

    Raises ``UnavailableError`` where there is neither.
    """
    known = find_gos(tools)
    if not known:
        raise UnavailableError("There is no Go on this machine")
    return _latest(known[0], "latest") or known[0].version


def _run(command: Sequence[str], more: Mapping[str, str]) -> str:
    """Outside of any module: a ``go.mod`` beside would choose for itself."""
    try:
        return output_of(command, seconds=_SECONDS, folder="/", environment={**os.environ, **more})
    except ProgramError as error:
        raise UnavailableError(f"{' '.join(command)}: {error}") from error
