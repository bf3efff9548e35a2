"""``actions/setup-python`` in a job with a container: the image's own interpreter, if it is the one asked for.

Interpreters of this machine don't run in another system, and nothing like GitHub's builds can be fetched: what the
image has, it has; another version is a matter of another image.
"""

from __future__ import annotations

from pathlib import Path

from sluice.actions.builtin.inputs import boolean
from sluice.actions.interpreters import ASK, Interpreter, choose, read_interpreter
from sluice.actions.protocol import ActionFailedError, ActionHost, ToolchainMissingError

_NAMES = ("python", "python3", *(f"python3.{minor}" for minor in range(8, 16)))
_LOOK = f'for name in "$@"; do p=$(command -v "$name") && "$p" -I -c "{ASK}" 2>/dev/null; done; true'


async def set_up_contained_python(host: ActionHost, wanted: list[str]) -> None:
    """Put each on PATH and tell where it is. Raises ``ToolchainMissingError`` for one that the image lacks."""
    known = await _interpreters(host)
    for version in wanted:
        found = choose(version, known)
        if found is None:
            there = ", ".join(one.text for one in known) or "none"
            raise ToolchainMissingError(
                f"The job's container has no Python {version}; it has {there}. Use an image that has it, such as "
                f"python:{version}-slim, or run the job without a container."
            )
        _announce(host, found)
        await _install(host, found)
    if host.inputs["cache"]:
        host.notice("In a container the package manager's cache is not kept: mount a volume for it")
        host.set_output("cache-hit", "false")


async def _interpreters(host: ActionHost) -> list[Interpreter]:
    _, output = await host.capture_inside(("sh", "-c", _LOOK, "sh", *_NAMES))
    found = [read_interpreter(line, "container") for line in output.splitlines()]
    return sorted((one for one in found if one is not None), key=lambda one: one.version, reverse=True)


def _announce(host: ActionHost, interpreter: Interpreter) -> None:
    folder = interpreter.program.parent
    host.log(f"Python {interpreter.text} (container: {interpreter.program})")
    host.set_output("python-version", interpreter.text)
    host.set_output("python-path", str(interpreter.program))
    if boolean(host.inputs, "update-environment"):
        for name in ("pythonLocation", "Python_ROOT_DIR", "Python3_ROOT_DIR"):
            host.set_environment(name, str(folder.parent))
        host.add_path(Path(folder))


async def _install(host: ActionHost, interpreter: Interpreter) -> None:
    packages = host.inputs["pip-install"].split()
    if host.inputs["pip-version"]:
        packages.insert(0, f"pip=={host.inputs['pip-version']}.*")
    if packages:
        code, output = await host.capture_inside((str(interpreter.program), "-m", "pip", "install", *packages))
        host.log(output)
        if code != 0:
            raise ActionFailedError(f"pip install {' '.join(packages)} failed")
