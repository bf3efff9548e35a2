"""Git, as a program on one repository, whatever repository the caller's environment names."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from sluice.source.errors import UnavailableError, UsageError
from sluice.source.git_place import without_git_place

_SECONDS = 300.0
_OPTIONS = ("-c", "core.fsync=none", "-c", "advice.addEmbeddedRepo=false")
"""For a repository that goes with the run: nothing of it has to outlive a power cut."""


def git(root: Path, *words: str) -> str | None:
    """What git prints, without white space around it; ``None`` where it fails. Raises ``UnavailableError``."""
    printed = git_bytes(root, *words)
    return None if printed is None else printed.decode("utf-8", "replace").strip()


def git_bytes(root: Path, *words: str, seconds: float = 60) -> bytes | None:
    """What git prints; ``None`` where it fails. Raises ``UnavailableError`` without git, or when it takes longer."""
    done = _finished(root, words, without_git_place(os.environ), seconds=seconds)
    return done.stdout if done.returncode == 0 else None


def git_fed(root: Path, data: bytes, *words: str, extra: Mapping[str, str] | None = None) -> str | None:
    """What git prints of ``data`` on its input, without white space around it; ``None`` where it fails.

    ``extra`` is put over the environment. Raises ``UnavailableError`` as ``git_bytes``.
    """
    done = _finished(root, words, {**without_git_place(os.environ), **(extra or {})}, seconds=60, data=data)
    return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else None


def git_head(root: Path, *words: str, most: int, seconds: float = 60) -> bytes | None:
    """The first ``most`` bytes of what git prints: it is stopped there, or after ``seconds``.

    ``None`` where it fails, or was stopped before it had printed that much. Raises ``UnavailableError`` without git.
    """
    command = ("git", "-c", "safe.directory=*", *words)
    try:
        running = subprocess.Popen(
            command, cwd=root, env=without_git_place(os.environ), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except OSError as error:
        raise UnavailableError(f"git can't be run in {root}: {error.strerror}", hint="install git") from error
    timer = threading.Timer(seconds, running.kill)
    timer.start()
    try:
        with running:
            data = running.stdout.read(most) if running.stdout else b""
            if len(data) == most:
                running.kill()
    finally:
        timer.cancel()
    return data if running.returncode == 0 or len(data) == most else None


class Git(Struct, frozen=True):
    """Git on one repository; ``extra`` is put over the environment."""

    root: Path
    extra: Mapping[str, str]

    def run(self, *arguments: str, check: bool = True) -> str:
        """Git's output without its last line end; empty where it fails.

        With ``check`` a failure raises ``UsageError`` with git's own words. Raises ``UnavailableError`` as
        ``git_bytes``.
        """
        environment = {**without_git_place(os.environ), "LC_ALL": "C", **self.extra}
        done = _finished(self.root, (*_OPTIONS, *arguments), environment, seconds=_SECONDS)
        if check and done.returncode != 0:
            raise UsageError(
                f"git {arguments[0]} failed in {self.root}: {_decode(done.stderr).strip()}",
                hint="a run takes the files as a commit would: `git status` and `git add` there must work, filters too",
            )
        return _decode(done.stdout).rstrip("\n") if done.returncode == 0 else ""


def _finished(
    root: Path,
    words: Sequence[str],
    environment: Mapping[str, str],
    *,
    seconds: float,
    data: bytes | None = None,
) -> subprocess.CompletedProcess[bytes]:
    command = ("git", "-c", "safe.directory=*", *words)
    try:
        return subprocess.run(
            command, cwd=root, env=environment, input=data, capture_output=True, check=False, timeout=seconds
        )
    except subprocess.TimeoutExpired as error:
        named = next((word for word in words if word[:1] != "-" and "=" not in word), "")
        raise UnavailableError(f"git {named} took more than {seconds:g} s in {root}") from error
    except OSError as error:
        raise UnavailableError(f"git can't be run in {root}: {error.strerror}", hint="install git") from error


def _decode(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def borrowed_folders(objects: Path) -> list[Path]:
    """The folders of objects that this one borrows from, those that they borrow from included."""
    try:
        named = (objects / "info/alternates").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return []
    found = [(objects / line).resolve() for line in named if line and not line.startswith("#")]
    return [*found, *(further for folder in found if folder != objects for further in borrowed_folders(folder))]
