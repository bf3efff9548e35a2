"""Programs that can do everything but the sending (``--dry-run``): what they would have sent is an effect."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sluice.rehearsal.uploads.addresses import NAMED, PYPI, is_here
from sluice.rehearsal.uploads.options import has, plain, taken_out
from sluice.rehearsal.uploads.telling import PACKAGE, host_of, of_the_file, tell

_NPM = "https://registry.npmjs.org/"
_ELSEWHERE = frozenset(
    ("--prefix", "-C", "--dir", "--filter", "-F", "-r", "--recursive", "-ws", "--workspaces", "--scope")
)
"""Options by which other packages than the folder's are meant, or other registries."""
_CARGO = re.compile(r"^\s*Uploading (?P<name>\S+) v(?P<version>\S+)", re.MULTILINE)
_POETRY = re.compile(r"Uploading (?P<file>[\w.+-]+\.(?:whl|tar\.gz))")


def try_npm(program: str, words: Sequence[str]) -> int:
    """It packs and checks; each package of its answer is told."""
    if has(words, "--dry-run") or _stays(program, words):
        return _carry_out(program, words)
    package = _meant(words)
    done = subprocess.run([program, *words, "--dry-run", "--json"], check=False, stdout=subprocess.PIPE)
    text = done.stdout.decode(errors="replace")
    if done.returncode != 0:
        sys.stdout.write(text)
        return done.returncode
    for one in _packed(text):
        registry = _registries(program, words, package or one)[0]
        digest = one.get("integrity") or one.get("shasum") or "no digest"
        file = f"{one.get('filename', '')} ({one.get('size', '?')} bytes, {digest})"
        tell(
            PACKAGE,
            f"{host_of(registry)} {one.get('name')} {one.get('version')}",
            f"PUT {registry}{one.get('name')} {file}",
        )
    return 0


def _packed(text: str) -> Iterator[Mapping[str, Any]]:
    """The packages of npm's answer: one, or one for each workspace; what scripts print may stand before it."""
    start = re.search(r"^\{", text, re.MULTILINE)
    try:
        found = json.loads(text[start.start() :]) if start else {}
    except ValueError:
        found = {}
    if not found or "version" in found:
        yield found or _manifest()
    else:
        yield from (one for one in found.values() if isinstance(one, dict))


def _manifest(folder: Path = Path()) -> Mapping[str, Any]:
    """The package of a folder, as it says."""
    try:
        document = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def _meant(words: Sequence[str]) -> Mapping[str, Any] | None:
    """The one package that a call publishes, as it says; ``None`` where it isn't known: archives, names of
    workspaces, several at once.
    """
    given, kept = taken_out(words, {"-w": "folder", "--workspace": "folder"})
    named = [*plain(kept)][1:] + [given[key] for key in given]
    if len(named) > 1 or any(word.partition("=")[0] in _ELSEWHERE for word in words):
        return None
    if not named:
        return _manifest()  # npm itself says that there is none
    return _manifest(Path(named[0])) or None


def _registries(program: str, words: Sequence[str], package: Mapping[str, Any]) -> list[str]:
    """Those that may be meant, with a slash at the end of each; npm takes the first.

    A scope's own comes before any other, the command line's before the package's, npm's settings come last.
    """
    scope = _scope(package)
    key = f"{scope}:registry"
    given, _ = taken_out(words, {"--registry": "registry", f"--{key}": "scope"})
    found = package.get("publishConfig")
    own = found if isinstance(found, dict) else {}
    scoped = (given.get("scope") or own.get(key) or _setting(program, words, key)) if scope else None
    others = given.get("registry") or own.get("registry")
    named = [one for one in (scoped, others) if one] or [_setting(program, words, "registry") or _NPM]
    return [f"{str(one).rstrip('/')}/" for one in named]


def _scope(package: Mapping[str, Any]) -> str:
    """``@acme`` of ``@acme/app``, nothing where there is none."""
    scope, slash, _ = str(package.get("name", "")).partition("/")
    return scope if slash and scope.startswith("@") else ""


def _setting(program: str, words: Sequence[str], key: str) -> str:
    given, _ = taken_out(words, {"--userconfig": "file"})
    file = [f"--userconfig={given['file']}"] if "file" in given else []
    done = subprocess.run([program, "config", "get", key, *file], check=False, capture_output=True)
    text = done.stdout.decode(errors="replace").strip()
    return "" if text in {"undefined", "null"} else text


def _stays(program: str, words: Sequence[str]) -> bool:
    """Whether what is published stays on this machine; what isn't known leaves."""
    package = _meant(words)
    return package is not None and all(is_here(one) for one in _registries(program, words, package))


def try_pnpm(program: str, words: Sequence[str]) -> int:
    """It says less of what it would send than npm does: the package is told by its name."""
    if has(words, "--dry-run") or _stays(program, words):
        return _carry_out(program, words)
    code = _carry_out(program, [*words, "--dry-run"])
    if code == 0:
        one = _meant(words) or _manifest()
        registry = _registries(program, words, one)[0]
        tell(
            PACKAGE,
            f"{host_of(registry)} {one.get('name')} {one.get('version')}",
            f"pnpm {' '.join(words)}",
        )
    return code


def try_cargo(program: str, words: Sequence[str]) -> int:
    """It packs and builds; each crate that it would upload is told."""
    given, _ = taken_out(words, {"--registry": "place", "--index": "place"})
    place = given.get("place", "crates.io")
    if has(words, "--dry-run", "-n") or is_here(place.removeprefix("sparse+")):
        return _carry_out(program, words)
    code, text = _followed([program, *words, "--dry-run"])
    for found in _CARGO.finditer(text) if code == 0 else ():
        file = Path("target/package") / f"{found['name']}-{found['version']}.crate"
        tell(
            PACKAGE,
            f"{place} {found['name']} {found['version']}",
            f"PUT {place} /api/v1/crates/new {of_the_file(file)}",
        )
    return code


def try_gem(program: str, words: Sequence[str]) -> int:
    """The gem is looked at, and told; its program can't try."""
    given, _ = taken_out(words, {"--host": "host"})
    host = given.get("host") or os.environ.get("RUBYGEMS_HOST") or "https://rubygems.org"
    if is_here(host):
        return _carry_out(program, words)
    files = [Path(word) for word in plain(words) if word.endswith(".gem")]
    lacking = next((file for file in files if not file.is_file()), None)
    if not files or lacking is not None:
        sys.stderr.write(f"ERROR:  While executing gem push: {lacking or 'no gem'} is not there\n")
        return 1
    for file in files:
        tell(PACKAGE, f"{host_of(host)} {file.name}", f"POST {host}/api/v1/gems {of_the_file(file)}")
    return 0


def try_poetry(program: str, words: Sequence[str]) -> int:
    """Poetry looks for the files, and builds them if it is asked to; each is told."""
    if has(words, "--dry-run"):
        return _carry_out(program, words)
    code, text = _followed([program, *words, "--dry-run", "--no-ansi", "--no-interaction"])
    given, _ = taken_out(words, {"-r": "index", "--repository": "index"})
    index = NAMED.get(given.get("index", "pypi"), given.get("index", PYPI))
    for name in dict.fromkeys(found["file"] for found in _POETRY.finditer(text)) if code == 0 else ():
        tell(PACKAGE, f"{host_of(index)} {name}", f"POST {index} {of_the_file(Path('dist') / name)}")
    return code


TRIED: Mapping[tuple[str, str], Callable[[str, Sequence[str]], int]] = {
    ("npm", "publish"): try_npm,
    ("pnpm", "publish"): try_pnpm,
    ("cargo", "publish"): try_cargo,
    ("gem", "push"): try_gem,
    ("poetry", "publish"): try_poetry,
}
"""By a program and its verb."""


def _carry_out(program: str, words: Sequence[str]) -> int:
    return subprocess.run([program, *words], check=False).returncode


def _followed(words: Sequence[str]) -> tuple[int, str]:
    """Run, with its output shown as it comes; the exit code and the output."""
    text = ""
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        for line in process.stdout or ():
            text += line.decode(errors="replace")
            sys.stdout.write(line.decode(errors="replace"))
            sys.stdout.flush()
    return process.returncode, text
