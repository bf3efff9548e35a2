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
_CARGO = re.compile(r"^\s*Uploading (?P<name>\S+) v(?P<version>\S+)", re.MULTILINE)
_POETRY = re.compile(r"Uploading (?P<file>[\w.+-]+\.(?:whl|tar\.gz))")


def try_npm(program: str, words: Sequence[str]) -> int:
    """It packs and checks; each package of its answer is told."""
    registry = _registry(program, words)
    if has(words, "--dry-run") or is_here(registry):
        return _carry_out(program, words)
    done = subprocess.run([program, *words, "--dry-run", "--json"], check=False, stdout=subprocess.PIPE)
    text = done.stdout.decode(errors="replace")
    if done.returncode != 0:
        sys.stdout.write(text)
        return done.returncode
    for one in _packed(text):
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


def _manifest() -> Mapping[str, Any]:
    """The package of this folder, as it says."""
    try:
        document = json.loads(Path("package.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def _registry(program: str, words: Sequence[str]) -> str:
    """The one that is meant, with a slash at its end: of the command line, of the package, of npm's settings."""
    given, _ = taken_out(words, {"--registry": "registry"})
    own = _manifest().get("publishConfig")
    named = given.get("registry") or (own.get("registry") if isinstance(own, dict) else None)
    if not named:
        done = subprocess.run([program, "config", "get", "registry"], check=False, capture_output=True)
        named = done.stdout.decode(errors="replace").strip()
    return f"{(str(named) or _NPM).rstrip('/')}/"


def try_pnpm(program: str, words: Sequence[str]) -> int:
    """It says less of what it would send than npm does: the package is told by its name."""
    registry = _registry(program, words)
    if has(words, "--dry-run") or is_here(registry):
        return _carry_out(program, words)
    code = _carry_out(program, [*words, "--dry-run"])
    if code == 0:
        one = _manifest()
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
