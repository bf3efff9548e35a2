"""A release as a folder: the commit's files, and a virtual environment with the packages that were built from them.

Built once for a commit and a recipe, and used by every environment. A folder without its mark was interrupted and is
built anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sluice.delivery.deployment.policy import ProcessTarget
from sluice.source.errors import UnavailableError
from sluice.targets.commands import Command, building_environment, run, shell
from sluice.targets.protocol import Bundle
from sluice.targets.sources import unpack

_MARK = ".sluice-built"
_LONGEST = 1800.0
_UNUSED = 24 * 3600.0
"""Seconds: a deployment that was begun has been finished by then, or given up."""


def release_folder(releases: Path, target: ProcessTarget, commit: str) -> Path:
    """Where this commit stands when it is built by this recipe."""
    recipe = repr((target.packages, target.locks, target.build)).encode()
    return releases / f"{commit[:16]}-{hashlib.sha256(recipe).hexdigest()[:8]}"


def build(releases: Path, target: ProcessTarget, bundle: Bundle) -> str:
    """Make the folder unless it is there; what can't be made whole is removed. Raises ``TargetError`` and
    ``UnavailableError``.
    """
    folder = release_folder(releases, target, bundle.release.commit)
    with _alone(releases, folder.name):
        if (folder / _MARK).exists():
            (folder / _MARK).touch()
            return "built before"
        try:
            _make(target, bundle, folder)
        except BaseException:  # its half may be what fills the disk
            shutil.rmtree(folder, ignore_errors=True)
            raise
    return f"built {', '.join(target.packages) or 'from its files'}"


def _make(target: ProcessTarget, bundle: Bundle, folder: Path) -> None:
    unpack(bundle, folder)
    if target.packages:
        _install(target, bundle, folder)
    if target.build:
        _run(shell(target.build), folder, f"`{target.build}`")
    (folder / _MARK).touch()


def drop_unfinished(releases: Path) -> None:
    """Remove what a kill has left half built, unless somebody is at it: there may be room for nothing else."""
    for folder in releases.glob("*-*"):
        if not folder.is_dir() or (folder / _MARK).exists():
            continue
        with suppress(BlockingIOError), _alone(releases, folder.name, fcntl.LOCK_EX | fcntl.LOCK_NB):
            if not (folder / _MARK).exists():
                shutil.rmtree(folder, ignore_errors=True)


def prune(releases: Path, keep: Collection[Path], now: float) -> None:
    """Remove the releases that are not to be kept and that nobody has asked for within a day of ``now``."""
    for folder in releases.glob("*-*"):
        if folder not in keep and _is_unused(folder, now):
            with _alone(releases, folder.name):
                if _is_unused(folder, now):  # still, now that nobody can ask for it
                    shutil.rmtree(folder, ignore_errors=True)


def _is_unused(folder: Path, now: float) -> bool:
    """The mark says when a release was last asked for; one without was never finished."""
    mark = folder / _MARK
    try:
        return folder.is_dir() and now - (mark if mark.exists() else folder).stat().st_mtime > _UNUSED
    except FileNotFoundError:  # another environment removes it
        return False


def _install(target: ProcessTarget, bundle: Bundle, folder: Path) -> None:
    uv, python = _find_uv(bundle.root), folder / ".venv/bin/python"
    _run([uv, "build", "--quiet", "--all-packages", "--wheel", "--out-dir", ".dist"], folder, "uv build")
    _run([uv, "venv", "--quiet", "--python", sys.executable, ".venv"], folder, "uv venv")
    install = [uv, "pip", "install", "--quiet", "--python", str(python)]
    if target.locks:
        files = [word for lock in target.locks for word in ("-r", lock)]
        _run([*install, "--require-hashes", *files], folder, f"installing {', '.join(target.locks)}")
    wheels = ["--find-links", ".dist", *(["--no-index"] if target.locks else []), *target.packages]
    _run([*install, *wheels], folder, f"installing {', '.join(target.packages)}")


def _run(words: list[str], folder: Path, what: str) -> None:
    run(Command(words=words, directory=folder, environment=building_environment(), timeout=_LONGEST, what=what))


def _find_uv(root: Path) -> str:
    own = root / ".tools/bin/uv"
    found = shutil.which("uv") or (str(own) if own.exists() else None)
    if found is None:
        raise UnavailableError(
            "uv builds what is deployed, and it is not here", tried=["uv in PATH", str(own)], hint="pip install uv"
        )
    return found


@contextmanager
def _alone(releases: Path, name: str, lock: int = fcntl.LOCK_EX) -> Iterator[None]:
    releases.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(releases / f".{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, lock)
        yield
    finally:
        os.close(descriptor)
