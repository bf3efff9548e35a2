"""Git, as a program on one repository, whatever repository the caller's environment names."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from sluice.source.errors import UnavailableError, UsageError
from sluice.source.git_place import without_git_place

SECONDS = 300


def git(root: Path, *words: str) -> str | None:
    """What git prints, without white space around it; ``None`` where it fails. Raises ``UnavailableError``."""
    printed = git_bytes(root, *words)
    return None if printed is None else printed.decode("utf-8", "replace").strip()


def git_bytes(root: Path, *words: str, seconds: float = 60) -> bytes | None:
    """What git prints; ``None`` where it fails. Raises ``UnavailableError`` without git, or when it takes longer."""
    command = ("git", "-c", "safe.directory=*", *words)
    try:
        done = subprocess.run(
            command, cwd=root, env=without_git_place(os.environ), capture_output=True, check=False, timeout=seconds
        )
    except subprocess.TimeoutExpired as error:
        raise UnavailableError(f"git {words[0]} took more than {seconds:g} s in {root}") from error
    except OSError as error:
        raise UnavailableError(f"git can't be run in {root}: {error.strerror}", hint="install git") from error
    return done.stdout if done.returncode == 0 else None


class Git(Struct, frozen=True):
    """Git on one repository; ``extra`` is put over the environment."""

    root: Path
    extra: Mapping[str, str]

    def run(self, *arguments: str, check: bool = True) -> str:
        """Git's output without its last line end. Raises ``UsageError`` with git's own words."""
        command = (
            "git",
            "-c",
            "safe.directory=*",
            "-c",
            "core.fsync=none",
            "-c",
            "advice.addEmbeddedRepo=false",
            *arguments,
        )
        environment = {**without_git_place(os.environ), "LC_ALL": "C", **self.extra}
        try:
            done = subprocess.run(
                command, cwd=self.root, env=environment, capture_output=True, timeout=SECONDS, check=False
            )
        except FileNotFoundError as error:
            raise UnavailableError("git was not found", tried=["git on PATH"], hint="install git") from error
        except subprocess.TimeoutExpired as error:
            raise UsageError(f"git {arguments[0]} took more than {SECONDS} s in {self.root}") from error
        if check and done.returncode != 0:
            raise UsageError(
                f"git {arguments[0]} failed in {self.root}: {_decode(done.stderr).strip()}",
                hint="a run takes the files as a commit would: `git status` and `git add` there must work, filters too",
            )
        return _decode(done.stdout).rstrip("\n") if done.returncode == 0 else ""


def _decode(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
