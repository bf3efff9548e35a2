"""Programs out of Python packages that an action brings: there already, or installed once for all jobs.

In: the name of a program. Out: where it is. An installation stands whole in
``<tools>/python-tools/NAME`` or not at all; jobs that want the same one wait for the first.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sluice.actions.installing import InstallationError, install, usable_uv
from sluice.actions.interpreters import find_interpreters
from sluice.actions.protocol import ActionHost, ToolchainMissingError
from sluice.actions.wheels import alone
from sluice.machine.threads import in_daemon_thread


def find_python_tool(host: ActionHost, name: str) -> str | None:
    """On the job's PATH, beside Sluice, or installed by an earlier step."""
    beside = Path(sys.executable).parent / name
    kept = _place(host.workspace.paths.tools, name) / "bin" / name
    on_path = host.workspace.find_program(name, host.environment.get("PATH", ""))
    return on_path or next((str(path) for path in (beside, kept) if path.is_file()), None)


async def python_tool(host: ActionHost, name: str, package: str = "") -> str:
    """The program, installed from the package index where it isn't there; ``package`` where its name is another one.

    Raises ``ToolchainMissingError``.
    """
    found = find_python_tool(host, name)
    if found is not None:
        return found
    host.log(f"{name} is not here yet: it comes from the package index")
    return str(await in_daemon_thread(_bring, host.workspace.paths.tools, name, package or name))


async def run_tool(
    host: ActionHost,
    words: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    directory: Path | None = None,
) -> int:
    """Run such a program on the machine, also for a job with a container; returns its exit code."""
    if host.container is None:
        return await host.run(words, environment=environment, directory=directory)
    code, output = await host.capture(words, environment=environment, directory=directory)
    for line in output.splitlines():
        host.log(line)
    return code


def _place(tools: Path, name: str) -> Path:
    return tools / "python-tools" / name


def _bring(tools: Path, name: str, package: str) -> Path:
    place = _place(tools, name)
    program = place / "bin" / name
    with alone(place.parent / f".{name}"):
        if not (place / ".whole").is_file():
            shutil.rmtree(place, ignore_errors=True)
            _install(tools, place, package)
            (place / ".whole").touch()
    return program


def _install(tools: Path, place: Path, name: str) -> None:
    known = find_interpreters()
    if not known:
        raise ToolchainMissingError(f"'{name}' is not here, and no Python is to bring it: install it")
    try:
        install(known[0].program, place, name, usable_uv(tools))
    except InstallationError as error:
        raise ToolchainMissingError(f"'{name}' can't be had from the package index: {error}") from error
