"""The packages of a repository and their versions. In: its root. Out: where each version stands, and what it is.

Members are those of the uv workspace with its root, else the root itself; Python's, npm's (its workspaces, too) and
Cargo's beside each other. Where none says a version, the tag is all there is of it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from msgspec import Struct
from semver import Version

from sluice.app.releasing.cargo import MANIFEST, inheriting, is_inherited, read_manifest, require
from sluice.app.releasing.manifests import table_of, version_of
from sluice.app.releasing.npm import PACKAGE, npm_folders, read_package
from sluice.app.releasing.places import Place, assignment, json_member, toml_key, whole_text
from sluice.app.releasing.texts import read_exact, write_exact
from sluice.delivery.release.versions import python_version
from sluice.source.errors import UsageError

_HINT = (
    "`version` of [project] or [tool.poetry], `path` of [tool.hatch.version] or [tool.pdm.version], `attr` or `file` "
    "of [tool.setuptools.dynamic], or a version that the tag gives (setuptools-scm, hatch-vcs, versioningit ...)"
)
_BY_TAG = (
    "setuptools-scm",
    "setuptools_scm",
    "hatch-vcs",
    "versioningit",
    "dunamai",
    "versioneer",
    "uv-dynamic-versioning",
)
"""What of a build's requirements takes the version from the tag."""


class Package(Struct, frozen=True, kw_only=True):
    """A package: its ``folder`` under the root, its name, and the ``file`` with the ``place`` in it where ``version``
    stands. Without a file the tag says it. ``semantic``: spelled as the tag is, and not as Python's packages have it.
    ``sharing`` are the names of others that have their version from here.
    """

    folder: str
    name: str
    version: str = ""
    file: Path | None = None
    place: Place | None = None
    semantic: bool = False
    sharing: tuple[str, ...] = ()

    def spelled(self, version: Version) -> str:
        """A version in this package's spelling."""
        return str(version) if self.semantic else python_version(version)


def find_packages(root: Path) -> tuple[Package, ...]:
    """Every package with its version. Raises ``UsageError`` where a version can't be found."""
    return (*_of_python(root), *_of_npm(root), *_of_cargo(root))


def write_version(package: Package, version: Version) -> None:
    """Make the package's file say it, and what depends on a crate want it."""
    if package.file is None or package.place is None:
        return
    text = read_exact(package.file)
    found = package.place(text)
    if found is not None:
        write_exact(package.file, f"{text[: found[0]]}{package.spelled(version)}{text[found[1] :]}")
    if package.file.name == MANIFEST:
        names = (package.name, *package.sharing)
        require(package.file.parent, names, package.version, package.spelled(version))


def _of_python(root: Path) -> Iterator[Package]:
    if not (root / "pyproject.toml").is_file():
        return
    document = _toml(root / "pyproject.toml")
    own = document.get("tool", {}).get("uv", {})
    workspace = own.get("workspace", {})
    folders = [folder for pattern in workspace.get("members", []) for folder in sorted(root.glob(pattern))]
    left_out = workspace.get("exclude", [])
    members = [folder for folder in folders if not _is_any(folder.relative_to(root), left_out)]
    packs_itself = "build-system" in document and own.get("package") is not False
    if "project" in document and (not workspace.get("members") or packs_itself):
        members = [root, *members]
    elif "poetry" in document.get("tool", {}):
        members = [root]
    for folder in dict.fromkeys(members):
        if (folder / "pyproject.toml").is_file():
            yield _package(root, folder)


def _is_any(path: Path, patterns: list[str]) -> bool:
    return any(fnmatch(path.as_posix(), pattern) for pattern in patterns)


def _package(root: Path, folder: Path) -> Package:
    document = _toml(folder / "pyproject.toml")
    manifest = (folder / "pyproject.toml").relative_to(root).as_posix()
    project = table_of(document, "project", manifest)
    _check_version(document, manifest)
    name = folder.relative_to(root).as_posix()
    called = project.get("name") or document.get("tool", {}).get("poetry", {}).get("name") or name
    for file, place in _places(folder, document):
        text = read_exact(file) if file.is_file() else ""
        found = place(text)
        if found is not None:
            return Package(folder=name, name=called, version=text[slice(*found)], file=file, place=place)
    if _by_tag(document):
        return Package(folder=name, name=called)
    raise UsageError(f"The version of {folder / 'pyproject.toml'} can't be found", hint=_HINT)


def _check_version(document: dict[str, Any], manifest: str) -> None:
    """Raises ``UsageError`` for a version of [project], else of [tool.poetry], that is no text."""
    if version_of(document.get("project", {}), f"[project] of {manifest}") is None:
        version_of(document.get("tool", {}).get("poetry", {}), f"[tool.poetry] of {manifest}")


def _places(folder: Path, document: dict[str, Any]) -> Iterator[tuple[Path, Place]]:
    """Where the version of a package of Python may stand."""
    tools = document.get("tool", {})
    if "version" in document.get("project", {}):
        yield folder / "pyproject.toml", toml_key("project", "version")
    elif "version" in tools.get("poetry", {}):
        yield folder / "pyproject.toml", toml_key("tool.poetry", "version")
    for tool in ("hatch", "pdm"):
        if path := tools.get(tool, {}).get("version", {}).get("path"):
            yield folder / path, assignment("__version__", "VERSION", "version")
    yield from _of_setuptools(folder, tools.get("setuptools", {}).get("dynamic", {}).get("version", {}))
    if document.get("build-system", {}).get("build-backend", "").startswith("flit"):
        module = tools.get("flit", {}).get("module", {}).get("name") or document.get("project", {}).get("name", "")
        yield from ((file, assignment("__version__")) for file in _modules(folder, module.replace("-", "_")))


def _of_setuptools(folder: Path, dynamic: dict[str, Any]) -> Iterator[tuple[Path, Place]]:
    if attribute := dynamic.get("attr"):
        module, _, name = attribute.rpartition(".")
        yield from ((file, assignment(name)) for file in _modules(folder, module))
    if files := dynamic.get("file"):
        yield folder / (files if isinstance(files, str) else files[0]), whole_text


def _modules(folder: Path, module: str) -> Iterator[Path]:
    path = module.replace(".", "/")
    for start in (folder / "src", folder):
        yield from (file for file in (start / path / "__init__.py", start / f"{path}.py") if file.is_file())


def _by_tag(document: dict[str, Any]) -> bool:
    tools = document.get("tool", {})
    wanted = " ".join(document.get("build-system", {}).get("requires", []))
    scm = tools.get("pdm", {}).get("version", {}).get("source") == "scm"
    dynamic = tools.get("poetry-dynamic-versioning", {}).get("enable") is True
    return scm or dynamic or any(name in wanted for name in _BY_TAG)


def _of_npm(root: Path) -> Iterator[Package]:
    """The root's and its workspaces', unless they say that nobody publishes them."""
    for folder in npm_folders(root):
        own, file = read_package(root, folder), folder / PACKAGE
        where = file.relative_to(root).as_posix()
        version = None if own.get("private") is True else version_of(own, where)
        if version is not None:
            name, place = str(own.get("name", where)), json_member("version")
            yield Package(folder=where, name=name, version=version, file=file, place=place, semantic=True)


def _of_cargo(root: Path) -> Iterator[Package]:
    """The root's crate, or the version that a workspace gives to its members."""
    file = root / MANIFEST
    if not file.is_file():
        return
    document = read_manifest(file)
    own, given = table_of(document, "package", MANIFEST), document.get("workspace", {}).get("package", {})
    for table, found in (("package", own), ("workspace.package", given)):
        inherited = found is own and is_inherited(own.get("version"))
        version = None if inherited else version_of(found, f"[{table}] of {MANIFEST}")
        if version is not None:
            place = toml_key(table, "version")
            _check_place(file, table, version, place)
            yield Package(
                folder=file.name,
                name=own.get("name", MANIFEST),
                version=version,
                file=file,
                place=place,
                semantic=True,
                sharing=() if found is own else inheriting(root),
            )
            return


def _check_place(file: Path, table: str, version: str, place: Place) -> None:
    """Raises ``UsageError`` where the file has the version in a form that no cut could write."""
    text = read_exact(file)
    found = place(text)
    if found is None or text[slice(*found)] != version:
        raise UsageError(
            f"The version of {file} can't be written where it stands",
            hint=f'`version = "{version}"` on a line of its own under [{table}]',
        )


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_exact(path))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} can't be read: {error}") from error
