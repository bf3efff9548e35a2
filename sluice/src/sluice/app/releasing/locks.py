"""Lock files that hold the versions of the repository's own packages, too. In: packages. Out: what says their versions.

A lock that tells of an older version than its package is one that ``uv sync --locked``, ``npm ci`` and
``cargo build --locked`` refuse.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from semver import Version

from sluice.app.releasing.packages import Package
from sluice.app.releasing.texts import read_exact, write_exact

_OF_UV = (
    r'\[\[package\]\]\r?\nname = "{name}"\r?\nversion = "(?P<version>[^"\n]*)"\r?\nsource = \{{ (?:editable|virtual) '
)
_OF_CARGO = r'\[\[package\]\]\r?\nname = "{name}"\r?\nversion = "(?P<version>[^"\n]*)"\r?\n(?!source)'
_OF_NPM = r'(?:"name"\s*:\s*"{name}"\s*,|"{folder}"\s*:\s*\{{)\s*"version"\s*:\s*"(?P<version>[^"\n]*)"'
_KINDS = (
    ("uv.lock", "pyproject.toml", _OF_UV),
    ("Cargo.lock", "Cargo.toml", _OF_CARGO),
    ("package-lock.json", "package.json", _OF_NPM),
)


def lock_files(root: Path, packages: Sequence[Package]) -> Iterator[tuple[Path, str, Sequence[Package]]]:
    """Each that is there, with its pattern and the packages that it may hold."""
    for name, manifest, pattern in _KINDS:
        held = [one for one in packages if one.file is not None and _is_of(one, manifest)]
        if held and (root / name).is_file():
            yield root / name, pattern, held


def write_locked(root: Path, packages: Sequence[Package], version: Version) -> None:
    """Have the lock files say the packages' new version, and nothing else."""
    for file, pattern, held in lock_files(root, packages):
        text = before = read_exact(file)
        for package in held:
            for name in _names(package):
                text = _rewritten(text, _pattern(pattern, package, name), package.spelled(version))
        if text != before:
            write_exact(file, text)


def locked_versions(root: Path, packages: Sequence[Package]) -> Iterator[tuple[str, Package, str]]:
    """The file, the package and its version there, for each that a lock file holds."""
    for file, pattern, held in lock_files(root, packages):
        text = read_exact(file)
        for package, name in ((one, name) for one in held for name in _names(one)):
            found = re.search(_pattern(pattern, package, name), text)
            if found is not None:
                yield file.name, package, found["version"]


def _pattern(pattern: str, package: Package, name: str) -> str:
    """Npm tells of a member by its folder, and names it only where the name is another one."""
    folder = Path(package.folder).parent.as_posix()
    return pattern.format(name=re.escape(name), folder=re.escape("" if folder == "." else folder))


def _is_of(package: Package, manifest: str) -> bool:
    return Path(package.folder).name == manifest if package.semantic else manifest == "pyproject.toml"


def _names(package: Package) -> tuple[str, ...]:
    """What a lock file calls it, and those that share its version."""
    return (package.name if package.semantic else re.sub(r"[-_.]+", "-", package.name).lower(), *package.sharing)


def _rewritten(text: str, pattern: str, version: str) -> str:
    def replaced(found: re.Match[str]) -> str:
        start, end = found.start("version") - found.start(), found.end("version") - found.start()
        return f"{found[0][:start]}{version}{found[0][end:]}"

    return re.sub(pattern, replaced, text)
