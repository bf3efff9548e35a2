"""``actions/setup-python``: an interpreter of this machine, as the job's own.

On GitHub a job may install into the interpreter, since nobody else uses it. Here the interpreters are shared, so the
job gets a virtual environment of the one it asked for, on PATH under the same names.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from sluice.actions.builtin.inputs import lines
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.interpreters import Interpreter, choose, find_interpreters
from sluice.actions.protocol import ActionFailedError, ActionHost, ToolchainMissingError

_MANIFEST = """
name: Setup Python
inputs:
  python-version: {}
  python-version-file: {}
  cache: {}
  architecture: {}
  check-latest: {default: "false"}
  token: {default: ""}
  cache-dependency-path: {}
  update-environment: {default: "true"}
  allow-prereleases: {default: "false"}
  freethreaded: {default: "false"}
  pip-version: {}
  pip-install: {}
outputs:
  python-version: {description: what was set up}
  cache-hit: {description: whether the cache was found}
  python-path: {description: the program}
runs: {using: node20, main: built-in}
"""

_MATCHER = {
    "problemMatcher": [
        {
            "owner": "python",
            "pattern": [
                {"regexp": '^\\s*File\\s\\"(.*)\\",\\sline\\s(\\d+),\\sin\\s(.*)$', "file": 1, "line": 2},
                {"regexp": "^\\s*raise\\s(.*)\\(\\'(.*)\\'\\)$", "message": 2},
            ],
        }
    ]
}


class SetupPython:
    """The action."""

    manifest = read_manifest(_MANIFEST, "actions/setup-python")
    left_out: Mapping[str, str] = MappingProxyType({})

    async def main(self, host: ActionHost) -> None:
        """Find, make the environment, put it on PATH."""
        found = [_find(wanted) for wanted in _wanted(host)]
        for interpreter in found:
            folder = await _environment(host, interpreter)
            _announce(host, interpreter, folder)
        host.add_matcher(_MATCHER)

    async def post(self, host: ActionHost) -> None:
        """The environment goes with the job."""


def _wanted(host: ActionHost) -> list[str]:
    given = lines(host.inputs, "python-version")
    if given:
        return given
    name = host.inputs["python-version-file"] or ".python-version"
    path = host.workspace.paths.workspace / name
    if path.is_file():
        return [_from_file(path)]
    if host.inputs["python-version-file"]:
        raise ActionFailedError(f"The specified python version file at: {path} doesn't exist.")
    host.warning("Neither 'python-version' nor 'python-version-file' inputs were supplied: the newest is taken")
    return ["x"]


def _from_file(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".toml":
        return next((line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")), "x")
    import tomllib  # noqa: PLC0415 (only for this kind of file)

    document = tomllib.loads(text)
    wanted = document.get("project", {}).get("requires-python")
    if not isinstance(wanted, str):
        raise ActionFailedError(f"{path.name} has no project.requires-python")
    return wanted.replace(",", " ")


def _find(wanted: str) -> Interpreter:
    interpreters = find_interpreters()
    found = choose(wanted, interpreters)
    if found is None:
        known = ", ".join(f"{one.text} ({one.place})" for one in interpreters) or "none"
        raise ToolchainMissingError(
            f"The version '{wanted}' of Python was not found on this machine. There are: {known}. "
            "Bring it with pyenv or with 'uv python install'."
        )
    return found


async def _environment(host: ActionHost, interpreter: Interpreter) -> Path:
    """A virtual environment of the job's own; pip comes from a template that is made once for each interpreter."""
    template = await _template(host, interpreter)
    folder = host.workspace.paths.root / "python" / interpreter.text
    await _make(host, interpreter, folder, "--without-pip")
    (library,) = (template / "lib").glob("python*/site-packages")
    target = folder / library.relative_to(template)
    shutil.copytree(library, target, dirs_exist_ok=True, copy_function=_link)
    for script in (template / "bin").glob("pip*"):
        text = script.read_text(encoding="utf-8").replace(str(template), str(folder))
        copy = folder / "bin" / script.name
        copy.write_text(text, encoding="utf-8")
        copy.chmod(0o755)
    return folder


def _link(source: str, target: str) -> None:
    try:
        Path(target).hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)


async def _template(host: ActionHost, interpreter: Interpreter) -> Path:
    mark = hashlib.sha256(f"{interpreter.program} {interpreter.program.stat().st_mtime_ns}".encode()).hexdigest()[:12]
    template = host.workspace.paths.tools / "python" / f"{interpreter.text}-{mark}"
    if not (template / "ready.json").is_file():
        await _make(host, interpreter, template)
        (template / "ready.json").write_text(json.dumps({"program": str(interpreter.program)}), encoding="utf-8")
    return template


async def _make(host: ActionHost, interpreter: Interpreter, folder: Path, *options: str) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    code, output = await host.capture(
        (str(interpreter.program), "-m", "venv", *options, str(folder)), directory=host.workspace.paths.root
    )
    if code != 0:
        raise ActionFailedError(f"{interpreter.program} can't make a virtual environment: {output.strip()}")


def _announce(host: ActionHost, interpreter: Interpreter, folder: Path) -> None:
    host.log(f"Python {interpreter.text} ({interpreter.place}: {interpreter.program})")
    host.set_output("python-version", interpreter.text)
    host.set_output("python-path", str(folder / "bin" / "python"))
    host.set_output("cache-hit", "false")
    if host.inputs["update-environment"] != "false":
        for name in ("pythonLocation", "Python_ROOT_DIR", "Python2_ROOT_DIR", "Python3_ROOT_DIR"):
            host.set_environment(name, str(folder))
        host.set_environment("PKG_CONFIG_PATH", str(interpreter.program.parent.parent / "lib" / "pkgconfig"))
        host.add_path(folder / "bin")
