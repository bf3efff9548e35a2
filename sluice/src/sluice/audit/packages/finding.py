"""Every package that a repository pins. In: its files. Out: packages, what isn't pinned, what can't be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath

from msgspec import Struct, field

from sluice.audit.packages.locks import read_npm_lock, read_pipfile_lock, read_toml_lock
from sluice.audit.packages.model import Ecosystem, Package, Unpinned
from sluice.audit.packages.requirements import looks_like_requirements, read_requirements
from sluice.evidence.model import Finding
from sluice.evidence.problems import Problem, problem

_LARGEST = 64 * 1024 * 1024
Reader = Callable[[str, str], Iterator[Package | Unpinned]]


class Packages(Struct, kw_only=True):
    """What the lock files say; ``files`` are those that were read."""

    files: list[str] = field(default_factory=list)
    pinned: list[Package] = field(default_factory=list)
    unpinned: list[Unpinned] = field(default_factory=list)
    problems: list[Finding] = field(default_factory=list)


def find_packages(root: Path, files: Iterable[str], ecosystem: Ecosystem) -> Packages:
    """The packages of one ecosystem."""
    found = Packages()
    for file in files:
        of, read = _reader(file) or (None, None)
        if read is not None and of is ecosystem:
            _read(root, file, read, found)
    return found


_TOML_LOCK = partial(read_toml_lock, ecosystem=Ecosystem.PYPI)
_READERS: dict[str, tuple[Ecosystem, Reader]] = {
    "uv.lock": (Ecosystem.PYPI, _TOML_LOCK),
    "poetry.lock": (Ecosystem.PYPI, _TOML_LOCK),
    "pdm.lock": (Ecosystem.PYPI, _TOML_LOCK),
    "Pipfile.lock": (Ecosystem.PYPI, read_pipfile_lock),
    "package-lock.json": (Ecosystem.NPM, read_npm_lock),
    "npm-shrinkwrap.json": (Ecosystem.NPM, read_npm_lock),
    "Cargo.lock": (Ecosystem.CRATES, partial(read_toml_lock, ecosystem=Ecosystem.CRATES)),
}


def _reader(file: str) -> tuple[Ecosystem, Reader] | None:
    name = PurePosixPath(file).name
    known = _READERS.get(name)
    if known is None and name.startswith("pylock.") and name.endswith(".toml"):
        known = Ecosystem.PYPI, _TOML_LOCK
    if known is None and name.endswith(".txt") and ("requirements" in name or "/requirements/" in f"/{file}"):
        known = Ecosystem.PYPI, read_requirements
    if known is None and name.endswith(".lock"):
        known = Ecosystem.PYPI, _read_if_requirements
    return known


def _read_if_requirements(text: str, file: str) -> Iterator[Package | Unpinned]:
    return read_requirements(text, file) if looks_like_requirements(text) else iter(())


def _read(root: Path, file: str, read: Reader, found: Packages) -> None:
    try:
        entries = list(read(_text(root / file), file))
    except (OSError, ValueError, LookupError, AttributeError, TypeError, RecursionError) as error:
        found.problems.append(problem(Problem.UNREADABLE, f"{file} can't be read: {error}", source=file, package=file))
        return
    found.pinned += [entry for entry in entries if isinstance(entry, Package)]
    found.unpinned += [entry for entry in entries if isinstance(entry, Unpinned)]
    if entries:
        found.files.append(file)


def _text(path: Path) -> str:
    if path.stat().st_size > _LARGEST:
        raise ValueError("it is larger than 64 MiB")
    return path.read_text(encoding="utf-8")
