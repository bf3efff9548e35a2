"""The packages of a repository and their versions. In: its root. Out: where each version stands, and what it is.

Members are those of the uv workspace, else the root itself when it is a package.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from sluice.app.settings import FILE, settings_text
from sluice.source.errors import UsageError
from sluice.source.toml.table import read_document

_ASSIGNED = re.compile(r"""^(__version__\s*(?::\s*\w+\s*)?=\s*)(["'])([^"']*)\2""", re.MULTILINE)
_STATIC = re.compile(r"""^(version\s*=\s*)(["'])([^"']*)\2""", re.MULTILINE)
KEYS: Mapping[str, Mapping[str, str]] = {
    "release": {
        "tag-prefix": 'what stands before the version in a tag; `"v"` otherwise',
        "changelog": 'the changelog\'s file; `"CHANGELOG.md"` otherwise',
        "lock": 'pinned requirements for the bill of materials; `"requirements.lock"` otherwise',
        "build-lock": 'pinned tools that build the packages; `"build.lock"` otherwise',
        "page": "the repository's page, for links; made of the remote's address otherwise",
    }
}
"""What may stand in the table, and what it means."""


class Package(Struct, frozen=True, kw_only=True):
    """A package: its ``folder`` under the root, its name, and the ``file`` in which ``version`` stands."""

    folder: str
    name: str
    version: str
    file: Path


class ReleaseSettings(Struct, frozen=True, kw_only=True):
    """``[release]`` of ``sluice.toml``: what stands before a tag's version, the changelog's file, pinned requirements
    for the bill of materials, pinned tools that build, the repository's page.
    """

    prefix: str = "v"
    changelog: str = "CHANGELOG.md"
    lock: str = "requirements.lock"
    build_lock: str = "build.lock"
    page: str = ""


def read_settings(root: Path) -> ReleaseSettings:
    """The repository's. Raises ``InvalidInputError`` with a diagnostic for each error."""
    table = read_document(settings_text(root) or "", FILE).table("release", tuple(KEYS["release"]))
    default = ReleaseSettings()
    settings = ReleaseSettings(
        prefix=table.text("tag-prefix", default.prefix),
        changelog=table.text("changelog", default.changelog),
        lock=table.text("lock", default.lock),
        build_lock=table.text("build-lock", default.build_lock),
        page=table.text("page", default.page),
    )
    table.check()
    return settings


def find_packages(root: Path) -> tuple[Package, ...]:
    """Every package with its version. Raises ``UsageError`` where there is none, or a version can't be found."""
    document = _toml(root / "pyproject.toml") if (root / "pyproject.toml").is_file() else {}
    members = document.get("tool", {}).get("uv", {}).get("workspace", {}).get("members", [])
    folders = [
        folder for pattern in members for folder in sorted(root.glob(pattern)) if (folder / "pyproject.toml").is_file()
    ]
    if not members and "project" in document:
        folders = [root]
    if not folders:
        raise UsageError(f"No package in {root}", hint="a pyproject.toml with [project], or with [tool.uv.workspace]")
    return tuple(_package(root, folder) for folder in folders)


def write_version(package: Package, version: str) -> None:
    """Make the package's file say ``version``."""
    pattern = _STATIC if package.file.name == "pyproject.toml" else _ASSIGNED
    text = package.file.read_text(encoding="utf-8")
    package.file.write_text(pattern.sub(rf"\g<1>\g<2>{version}\g<2>", text, count=1), encoding="utf-8")


def _package(root: Path, folder: Path) -> Package:
    document = _toml(folder / "pyproject.toml")
    project = document.get("project", {})
    file = folder / "pyproject.toml" if "version" in project else next(_files(folder, document), None)
    found = None
    if file is not None and file.is_file():
        pattern = _STATIC if file.name == "pyproject.toml" else _ASSIGNED
        found = pattern.search(file.read_text(encoding="utf-8"))
    if file is None or found is None:
        raise UsageError(
            f"The version of {folder / 'pyproject.toml'} can't be found",
            hint="`version` of [project], or `path` of [tool.hatch.version], or `attr` of [tool.setuptools.dynamic]",
        )
    name = folder.relative_to(root).as_posix()
    return Package(folder=name, name=project.get("name", name), version=found[3], file=file)


def _files(folder: Path, document: dict[str, Any]) -> Iterator[Path]:
    """Where a dynamic version may stand."""
    tools = document.get("tool", {})
    if path := tools.get("hatch", {}).get("version", {}).get("path"):
        yield folder / path
    attribute = tools.get("setuptools", {}).get("dynamic", {}).get("version", {}).get("attr")
    if attribute:
        module = attribute.rpartition(".")[0].replace(".", "/")
        for start in (folder / "src", folder):
            yield from (path for path in (start / module / "__init__.py", start / f"{module}.py") if path.is_file())


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} can't be read: {error}") from error
