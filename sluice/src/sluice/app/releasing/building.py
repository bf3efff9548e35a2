"""The files of a release, the same bytes whenever they are built of the same commit.

In: a repository and a tag. Out: wheels and sdists of every package, the source, the bill of materials, checksums, the
statement of provenance. They are built of the commit, never of the working tree, with its time as SOURCE_DATE_EPOCH.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from sluice import __version__
from sluice.app.releasing.handing_over import check_folder, hand_over
from sluice.app.releasing.looking import find_page
from sluice.app.releasing.packages import find_packages
from sluice.app.releasing.programs import run_tool
from sluice.app.releasing.project import ReleaseSettings, read_settings
from sluice.delivery.release.provenance import Build, Component, bill_of_materials, checksums, statement
from sluice.repository.git import git
from sluice.source.errors import UnavailableError, UsageError
from sluice.source.git_place import without_git_place
from sluice.store.files.cache_archives import TRUSTED

_VERSION_OF_THE_TAG = (
    "SETUPTOOLS_SCM_PRETEND_VERSION",
    "PDM_BUILD_SCM_VERSION",
    "POETRY_DYNAMIC_VERSIONING_BYPASS",
    "UV_DYNAMIC_VERSIONING_BYPASS",
)
"""Variables by which tools are told the version that they take from git elsewhere: an archive has no tags."""
SUMS, STATEMENT = "SHA256SUMS", "provenance.json"
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class _Source(Struct, frozen=True, kw_only=True):
    """The commit that is built, unpacked."""

    folder: Path
    name: str
    version: str
    commit: str
    time: int


def build_release(root: Path, tag: str, out: Path, wanted: str | None = None) -> tuple[Path, ...]:
    """Build everything of the tag's commit or of ``wanted``; then it takes the place of an earlier build in ``out``.

    Raises ``UsageError`` for what isn't there, and when something else is in ``out``.
    """
    settings = read_settings(root)
    commit = git(root, "rev-parse", "--verify", f"{wanted or tag}^{{commit}}")
    if commit is None:
        raise UsageError(f"There is no tag or commit '{wanted or tag}'", hint="sluice release cut makes the tag")
    time = int(git(root, "show", "--no-patch", "--format=%ct", commit) or 0)
    out = out.resolve()
    check_folder(out)
    with tempfile.TemporaryDirectory(prefix="sluice-release-") as place:
        source, built = _unpack(root, Path(place), settings, tag, (commit, time)), Path(place) / "built"
        built.mkdir()
        _build_packages(source, settings, built)
        _write_source(root, source, built)
        _write_bill(source, settings, built)
        _write_statements(root, settings, tag, (commit, time), built)
        hand_over(built, out)
    return tuple(sorted(out.iterdir()))


def _unpack(root: Path, place: Path, settings: ReleaseSettings, tag: str, what: tuple[str, int]) -> _Source:
    commit, time = what
    folder = place / "source"
    folder.mkdir()
    with tarfile.open(fileobj=io.BytesIO(_git_bytes(root, "archive", "--format=tar", commit))) as archive:
        archive.extractall(folder, **TRUSTED)  # noqa: S202  # nosec B202 - git made it of this repository
    name = (find_page(root, settings) or str(root.resolve())).rstrip("/").rpartition("/")[2]
    version = tag.removeprefix(settings.prefix).replace("/", "-")
    return _Source(folder=folder, name=name, version=version, commit=commit, time=time)


def _build_packages(source: _Source, settings: ReleaseSettings, out: Path) -> None:
    packages = [one for one in find_packages(source.folder) if not one.semantic]
    if not packages:
        return
    uv = shutil.which("uv")
    if uv is None:
        raise UnavailableError(
            "uv, which builds the packages, is not installed", tried=["uv on PATH"], hint="pip install uv"
        )
    command = [uv, "build", "--quiet", "--out-dir", str(out)]
    if [one.folder for one in packages] != ["."]:
        command.append("--all-packages")
    if (source.folder / settings.build_lock).is_file():
        command += ["--build-constraints", str(source.folder / settings.build_lock), "--require-hashes"]
    mapped = f"-g0 -ffile-prefix-map={source.folder}=."
    environment = {
        **os.environ,
        "SOURCE_DATE_EPOCH": str(source.time),
        "CFLAGS": mapped,
        "PYTHONHASHSEED": "0",
        "TZ": "UTC",
        **dict.fromkeys(_VERSION_OF_THE_TAG, source.version),
    }
    done = run_tool(command, source.folder, environment)
    if done.returncode != 0:
        raise UsageError(f"The packages can't be built:\n{done.stderr.decode(errors='replace').strip()}")
    (out / ".gitignore").unlink(missing_ok=True)
    for sdist in out.glob("*.tar.gz"):
        sdist.write_bytes(_compressed(_levelled(gzip.decompress(sdist.read_bytes()), source.time)))


def _levelled(data: bytes, time: int) -> bytes:
    """An archive's members in order, of nobody, at one time: not every build tool sees to that."""
    written = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(data)) as given,
        tarfile.open(fileobj=written, mode="w", format=tarfile.PAX_FORMAT) as level,
    ):
        for member in sorted(given.getmembers(), key=lambda one: one.name):
            member.mtime, member.uid, member.gid, member.uname, member.gname = time, 0, 0, "", ""
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            member.pax_headers = {}
            level.addfile(member, given.extractfile(member) if member.isfile() else None)
    return written.getvalue()


def _compressed(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def _write_source(root: Path, source: _Source, out: Path) -> None:
    stem = f"{source.name}-{source.version}-source"
    data = _git_bytes(root, "archive", "--format=tar", f"--prefix={stem}/", source.commit)
    (out / f"{stem}.tar.gz").write_bytes(_compressed(data))


def _write_bill(source: _Source, settings: ReleaseSettings, out: Path) -> None:
    file = source.folder / settings.lock
    components = list(_components(file.read_text(encoding="utf-8"))) if file.is_file() else []
    text = bill_of_materials(source.name, source.version, components, source.time)
    (out / f"{source.name}-{source.version}.cdx.json").write_text(text, encoding="utf-8")


def _components(lock: str) -> Iterator[Component]:
    """The pinned packages of requirements, with their hashes."""
    for entry in re.split(r"\n(?=[A-Za-z0-9])", lock):
        if found := _PINNED.match(entry):
            yield Component(name=found[1], version=found[2], digests=tuple(_HASH.findall(entry)))


def _write_statements(root: Path, settings: ReleaseSettings, tag: str, what: tuple[str, int], out: Path) -> None:
    commit, time = what
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(out.iterdir())}
    tools = {"sluice": __version__, "uv": _uv_version()}
    page = find_page(root, settings) or root.resolve().as_uri()
    build = Build(repository=page, tag=tag, commit=commit, time=time, tools=tools)
    (out / STATEMENT).write_text(statement(build, digests), encoding="utf-8")
    digests[STATEMENT] = hashlib.sha256((out / STATEMENT).read_bytes()).hexdigest()
    (out / SUMS).write_text(checksums(digests), encoding="utf-8")


def _uv_version() -> str:
    done = run_tool(["uv", "--version"], Path())
    return done.stdout.decode(errors="replace").strip().removeprefix("uv ").partition(" ")[0]


def _git_bytes(root: Path, *arguments: str) -> bytes:
    done = run_tool(["git", "-c", "safe.directory=*", *arguments], root, without_git_place(os.environ))
    if done.returncode != 0:
        raise UsageError(f"git {arguments[0]} failed: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout
