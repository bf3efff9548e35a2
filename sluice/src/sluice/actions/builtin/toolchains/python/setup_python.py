"""``actions/setup-python``: an interpreter of this machine, as the job's own.

On GitHub a job may install into the interpreter, since nobody else uses it. Here the interpreters are shared, so the
job gets a virtual environment of the one it asked for, on PATH under the same names. It sees what a job installs with
``pip install --user``, as on GitHub, and nothing that was ever installed into the interpreter.
"""

from __future__ import annotations

import hashlib
import platform
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from sluice.actions.builtin import package_cache
from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.inputs import boolean, lines
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.toolchains.python.contained_python import set_up_contained_python
from sluice.actions.builtin.toolchains.python.python_caches import python_cache
from sluice.actions.builtin.toolchains.python.python_version_file import versions_from_file
from sluice.actions.interpreters import Interpreter, choose, fetch_interpreter, find_interpreters
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction, ToolchainMissingError
from sluice.actions.wheels import alone_in_turn
from sluice.machine.threads import in_daemon_thread
from sluice.source.words import split_words

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
runs: {using: node20, main: built-in, post: built-in, post-if: success()}
"""

_PLAIN = re.compile(r"[\d.xX*\s<>=~^|v-]+(-dev)?")
"""A range of CPython releases; ``pypy3.10``, ``graalpy`` and ``3.13t`` are other interpreters."""
_MADE_AS = "made-as"
_USER_PACKAGES = "_user_packages_only.pth"
_OWN_PREFIX = (
    "import site, sys; site.PREFIXES = "
    "type('Own', (list,), {'insert': lambda *_: None, '__iadd__': lambda own, _: own})([sys.prefix])\n"
)
"""``site`` reads this more than once, before and after it adds the interpreter's prefix to its list."""
_SEEN = (
    "import site, sys; own = sys.prefix + '/'; print([p for p in site.getsitepackages() if not p.startswith(own)] "
    "+ [p for p in sys.path if p.endswith('-packages')])"
)
"""Debian's ``site`` names folders of an environment that other interpreters' don't have."""
_ARCHITECTURES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}

MATCHER = {
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


class SetupPython(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "actions/setup-python")
    left_out: Mapping[str, str] = MappingProxyType(
        {
            "check-latest": "the interpreters are those of this machine",
            "allow-prereleases": "the interpreters of this machine are taken whatever their stage",
            "token": "nothing is fetched",
        }
    )

    async def main(self, host: ActionHost) -> None:
        """Find, make the environment, put it on PATH, restore the package manager's cache."""
        tell_what_is_left_out(host, self)
        _check_architecture(host)
        if host.container is not None:
            await set_up_contained_python(host, _wanted(host))
            host.add_matcher(MATCHER)
            return
        for interpreter in [await _find(wanted, host) for wanted in _wanted(host)]:
            folder = await _environment(host, interpreter)
            await _install(host, folder)
            _announce(host, interpreter, folder)
            if host.inputs["cache"]:
                wanted = await python_cache(host, interpreter.text, with_first(host.environment, folder / "bin"))
                host.set_output("cache-hit", str(await package_cache.restore(host, wanted)).lower())
        host.add_matcher(MATCHER)

    async def post(self, host: ActionHost) -> None:
        """The environment goes with the job; the cache is kept."""
        await package_cache.save(host)


def with_first(environment: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The environment with ``folder`` in front of PATH."""
    return {**environment, "PATH": f"{folder}:{environment['PATH']}"}


def _wanted(host: ActionHost) -> list[str]:
    given, name = lines(host.inputs, "python-version"), host.inputs["python-version-file"]
    if given and name:
        host.warning(
            "Both python-version and python-version-file inputs are specified, only python-version will be used."
        )
    if given:
        return given
    workspace = host.workspace.paths.workspace
    if name or (workspace / ".python-version").is_file():
        found = versions_from_file(workspace / (name or ".python-version"))
        host.log(f"Resolved {name or '.python-version'} as {', '.join(found)}")
        return found
    host.warning(
        "Neither 'python-version' nor 'python-version-file' inputs were supplied, and there is no .python-version: "
        "the newest Python of this machine is taken"
    )
    return ["x"]


def _check_architecture(host: ActionHost) -> None:
    wanted, machine = host.inputs["architecture"].lower(), platform.machine().lower()
    if wanted and wanted not in {machine, _ARCHITECTURES.get(machine)}:
        raise ToolchainMissingError(f"Python for {wanted} can't run on this machine, which is {machine}")


async def _find(wanted: str, host: ActionHost) -> Interpreter:
    plain = _PLAIN.fullmatch(wanted.strip()) and not boolean(host.inputs, "freethreaded")
    found = choose(wanted, find_interpreters()) if plain else None
    if found is None and plain and (uv := shutil.which("uv")):
        host.log(f"Python {wanted} isn't on this machine: uv fetches it")
        found, reason = await in_daemon_thread(fetch_interpreter, uv, wanted)
        host.log(reason)
    if found is None:
        known = ", ".join(f"{one.text} ({one.place})" for one in find_interpreters()) or "none"
        raise ToolchainMissingError(
            f"The version '{wanted}' of Python was not found on this machine. There are: {known}. "
            "Bring it with pyenv or with 'uv python install'."
        )
    return found


async def _install(host: ActionHost, folder: Path) -> None:
    """The pip and the packages that the inputs ask for."""
    pip = (str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install")
    wanted: list[tuple[str, ...]] = []
    if host.inputs["pip-version"]:
        wanted.append((*pip, "--upgrade", f"pip=={_pip_range(host.inputs['pip-version'])}"))
    if packages := split_words(host.inputs["pip-install"], "pip-install"):
        wanted.append((*pip, *packages))
    for command in wanted:
        directory = host.workspace.paths.workspace
        if await host.run(command, environment=with_first(host.environment, folder / "bin"), directory=directory):
            raise ActionFailedError(f"{' '.join(command[2:])} failed")


def _pip_range(text: str) -> str:
    if not re.fullmatch(r"\d+(\.\d+){0,2}", text):
        raise ActionFailedError(
            f'Invalid pip version "{text}". Please specify a version in the format major[.minor][.patch].'
        )
    return text if text.count(".") == 2 else f"{text}.*"


async def _environment(host: ActionHost, interpreter: Interpreter) -> Path:
    """A virtual environment of the job's own; pip comes from a template that is made once for each interpreter."""
    template, made_as = await _template(host, interpreter)
    folder = host.workspace.paths.root / "python" / interpreter.text
    await _make(host, interpreter, folder, "--without-pip")
    (library,) = (template / "lib").glob("python*/site-packages")
    target = folder / library.relative_to(template)
    shutil.copytree(library, target, dirs_exist_ok=True, copy_function=_link)
    for script in (template / "bin").glob("pip*"):
        text = script.read_text(encoding="utf-8").replace(made_as, str(folder))
        copy = folder / "bin" / script.name
        copy.write_text(text, encoding="utf-8")
        copy.chmod(0o755)
    if (target / _USER_PACKAGES).is_file():
        _open(folder)
    return folder


def _open(folder: Path) -> None:
    """Let an environment see the packages of the user; the one way to them is that to the interpreter's, too."""
    settings = folder / "pyvenv.cfg"
    closed, opened = (f"include-system-site-packages = {word}" for word in ("false", "true"))
    settings.write_text(settings.read_text(encoding="utf-8").replace(closed, opened), encoding="utf-8")


async def _open_to_user_packages(host: ActionHost, folder: Path) -> None:
    """Packages of the user without those of the interpreter, where its ``site`` turns out to have them so."""
    (library,) = (folder / "lib").glob("python*/site-packages")
    (library / _USER_PACKAGES).write_text(_OWN_PREFIX, encoding="utf-8")
    _open(folder)
    command = (str(folder / "bin" / "python"), "-c", _SEEN)
    _, seen = await host.capture(command, directory=host.workspace.paths.root)
    if seen.split("\n")[:1] != [str([str(library)])]:
        (library / _USER_PACKAGES).unlink()


def _link(source: str, target: str) -> None:
    try:
        Path(target).hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)


async def _template(host: ActionHost, interpreter: Interpreter) -> tuple[Path, str]:
    """The template, and the folder whose name its scripts hold. Of jobs that need it at once one makes it, whole."""
    mark = hashlib.sha256(f"{interpreter.program} {interpreter.program.stat().st_mtime_ns} 2".encode()).hexdigest()[:12]
    template = host.workspace.paths.tools / "python-environments" / f"{interpreter.text}-{mark}"
    if not template.is_dir():
        async with alone_in_turn(template.parent / f".{template.name}"):
            if not template.is_dir():
                await _make_template(host, interpreter, template)
    return template, (template / _MADE_AS).read_text(encoding="utf-8")


async def _make_template(host: ActionHost, interpreter: Interpreter, template: Path) -> None:
    with tempfile.TemporaryDirectory(dir=template.parent, prefix=".making-", ignore_cleanup_errors=True) as name:
        await _make(host, interpreter, Path(name))
        await _open_to_user_packages(host, Path(name))
        _put(Path(name), template)


def _put(made: Path, template: Path) -> None:
    (made / _MADE_AS).write_text(str(made), encoding="utf-8")
    made.rename(template)


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
    if boolean(host.inputs, "update-environment"):
        for name in ("pythonLocation", "Python_ROOT_DIR", "Python2_ROOT_DIR", "Python3_ROOT_DIR"):
            host.set_environment(name, str(folder))
        host.set_environment("PKG_CONFIG_PATH", str(interpreter.program.parent.parent / "lib" / "pkgconfig"))
        host.add_path(folder / "bin")
