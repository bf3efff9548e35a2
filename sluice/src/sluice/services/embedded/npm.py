"""Packages of the npm registry that this machine's npm is set up for.

In: a package's name. Out: its versions, and the archive of one, checked against the registry's digest. npm itself does
it where it is installed (it knows its own configuration, proxies and credentials); elsewhere plain HTTP does, with the
registry that npm's variables or ``.npmrc`` name.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from msgspec import Struct

from sluice.machine.parent import die_with_parent
from sluice.source.errors import UnavailableError

SECONDS = 300
_PUBLIC = "https://registry.npmjs.org/"


class Registry(Protocol):
    """Where packages come from."""

    def versions(self, package: str) -> list[str]:
        """Every version of a package; raises ``UnavailableError`` when the registry doesn't answer."""
        ...

    def download(self, package: str, version: str, folder: Path) -> Path:
        """One version's archive, checked, in ``folder``; raises ``UnavailableError``."""
        ...


def find_registry(environment: Mapping[str, str] = os.environ) -> Registry:
    """Npm where it is installed, else HTTP."""
    npm = shutil.which("npm", path=environment.get("PATH"))
    if npm is not None:
        return NpmCommand(npm, environment)
    return HttpRegistry(registry_address(environment))


class NpmCommand:
    """The registry as npm reaches it."""

    def __init__(self, npm: str, environment: Mapping[str, str]) -> None:
        self._npm = npm
        self._environment = {**environment, "NPM_CONFIG_UPDATE_NOTIFIER": "false", "NO_COLOR": "1"}

    def versions(self, package: str) -> list[str]:
        """Every version of a package."""
        found = self._ask("view", package, "versions", "--json")
        return [found] if isinstance(found, str) else [str(version) for version in found or ()]

    def download(self, package: str, version: str, folder: Path) -> Path:
        """One version's archive, checked."""
        integrity = self._ask("view", f"{package}@{version}", "dist.integrity", "--json")
        packed = self._ask("pack", f"{package}@{version}", "--json", "--ignore-scripts", folder=folder)
        archive = folder / Path(str(_only(packed)["filename"]).replace("@", "").replace("/", "-")).name
        check_integrity(archive, str(integrity))
        return archive

    def _ask(self, *arguments: str, folder: Path | None = None) -> Any:  # noqa: ANN401 - JSON of any shape
        try:
            done = subprocess.run(
                [self._npm, *arguments],
                cwd=folder or "/",
                env=self._environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=SECONDS,
                check=True,
                preexec_fn=die_with_parent(signal.SIGKILL),
            )
            return json.loads(done.stdout or "null")
        except subprocess.CalledProcessError as error:
            raise UnavailableError(
                f"npm {arguments[0]} {arguments[1]}: {_reason(error.stdout, error.stderr)}"
            ) from error
        except (OSError, subprocess.TimeoutExpired, ValueError) as error:
            raise UnavailableError(f"npm {arguments[0]} {arguments[1]}: {error}") from error


def _only(packed: Any) -> Any:  # noqa: ANN401 - JSON of any shape
    """Npm prints a list of packages, newer ones an object by name."""
    return next(iter(packed.values())) if isinstance(packed, dict) else packed[0]


def _reason(output: str, errors: str) -> str:
    try:
        error = json.loads(output)["error"]
        return f"{error['code']}: {error['summary']}".strip()
    except (ValueError, KeyError, TypeError):
        lines = [line for line in errors.splitlines() if " error " in line or line.startswith("npm error")]
        return lines[0] if lines else "it failed"


class HttpRegistry(Struct, frozen=True):
    """A registry by HTTP; ``address`` ends in a slash."""

    address: str

    def versions(self, package: str) -> list[str]:
        """Every version of a package."""
        return list(self._read(package)["versions"])

    def download(self, package: str, version: str, folder: Path) -> Path:
        """One version's archive, checked."""
        found = self._read(package)["versions"].get(version)
        if found is None:
            raise UnavailableError(f"{package} has no version {version}")
        archive = folder / "package.tgz"
        try:
            with _open(found["dist"]["tarball"]) as answer, archive.open("wb") as file:
                shutil.copyfileobj(answer, file)
        except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
            raise UnavailableError(f"{package} {version} can't be downloaded: {error}") from error
        check_integrity(archive, found["dist"].get("integrity", ""))
        return archive

    def _read(self, package: str) -> Any:  # noqa: ANN401 - JSON of any shape
        try:
            with _open(f"{self.address}{quote(package, safe='@')}") as answer:
                return json.load(answer)
        except (OSError, ValueError) as error:
            raise UnavailableError(f"The npm registry doesn't answer for {package}: {error}") from error


def _open(address: str) -> Any:  # noqa: ANN401 - urllib has no narrower type
    if not address.startswith(("http://", "https://")):
        raise UnavailableError("The npm registry's address is neither http nor https")
    headers = {"Accept": "application/vnd.npm.install-v1+json, application/json;q=0.8, */*;q=0.1"}
    return urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=60)  # noqa: S310 - checked above


def registry_address(environment: Mapping[str, str]) -> str:
    """The registry that npm's variables or ``.npmrc`` name, else the public one."""
    for name, value in environment.items():
        if name.lower() == "npm_config_registry" and value:
            return value.rstrip("/") + "/"
    home = Path(environment.get("HOME", "/"))
    user, machine = (environment.get(f"NPM_CONFIG_{name}CONFIG") for name in ("USER", "GLOBAL"))
    for file in (user, home / ".npmrc", machine, "/etc/npmrc", "/usr/etc/npmrc"):
        found = _registry_line(Path(file)) if file else None
        if found:
            return found.rstrip("/") + "/"
    return _PUBLIC


def _registry_line(file: Path) -> str | None:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    settings = (line.partition("=") for line in lines if not line.lstrip().startswith(("#", ";")))
    return next((value.strip().strip("\"'") for name, _, value in settings if name.strip() == "registry"), None)


def check_integrity(archive: Path, integrity: str) -> None:
    """Compare a file with a digest such as ``sha512-BASE64``. Raises ``UnavailableError`` when they differ."""
    algorithm, _, expected = integrity.split(maxsplit=1)[0].partition("-") if integrity else ("", "", "")
    if algorithm not in {"sha256", "sha384", "sha512"}:
        raise UnavailableError(f"The npm registry gives no digest for {archive.name}")
    with archive.open("rb") as file:
        found = base64.b64encode(hashlib.file_digest(file, algorithm).digest()).decode("ascii")
    if found != expected:
        raise UnavailableError(f"{archive.name} is damaged: its {algorithm} is {found}, the registry's is {expected}")
