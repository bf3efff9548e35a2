"""Actions from git: each commit is fetched once, kept under its own name, and used offline from then on.

Layout: ``<cache>/<owner>/<name>/<commit>/`` holds the files, ``<cache>/<owner>/<name>/refs.json`` which commit a ref
stood for when it was last asked. Several processes may fetch at once: a folder appears whole or not at all.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from sluice.machine.programs import ProgramError, output_of
from sluice.machine.whole_files import publish_folder, write_whole
from sluice.source.errors import UnavailableError
from sluice.source.git_place import without_git_place

_COMMIT = re.compile(r"[0-9a-f]{40}")
_SECONDS = 120
_ASKS = "terminal prompts disabled"
"""What git says where it would ask for a password: GitHub answers so for what isn't there, too."""


_INSTEAD = {
    "ossf/scorecard-action": "it rates what only GitHub knows of a repository: leave its job to GitHub",
    "actions/dependency-review-action": "it asks GitHub's dependency graph: `sluice audit` looks at what is used here",
}


class FetchedRepository(Struct, frozen=True, kw_only=True):
    """A repository's files at one commit; ``source`` is ``git``, ``cache``, ``clone`` (the user's own), ``snapshot``
    (what is under test) or ``mapped``, which has no commit.
    """

    folder: Path
    commit: str | None
    source: str


class ActionCache:
    """The folder of fetched actions. ``git_base`` is what comes before ``owner/name``."""

    def __init__(self, folder: Path, *, git_base: str = "https://github.com", offline: bool = False) -> None:
        self._folder = folder
        self._git_base = git_base.rstrip("/")
        self._offline = offline

    def fetch(self, repository: str, ref: str, kind: str = "action") -> FetchedRepository:
        """The repository at a branch, tag or commit. Raises ``UnavailableError`` with what was tried."""
        home = self._folder / repository.lower()
        pinned = ref if _COMMIT.fullmatch(ref) else None
        if pinned and (home / pinned).is_dir():
            return FetchedRepository(folder=home / pinned, commit=pinned, source="cache")
        tried = [f"the cache of what was fetched ({home})"]
        if not self._offline:
            try:
                return self._from_git(repository, ref, home)
            except _GitError as error:
                tried.append(str(error))
        known = pinned or _read_refs(home).get(ref)
        if known and (home / known).is_dir():
            return FetchedRepository(folder=home / known, commit=known, source="cache")
        raise UnavailableError(
            f"The {kind} '{repository}@{ref}' can't be had" + (" offline" if self._offline else ""),
            tried=tried,
            hint=_advice(repository),
        )

    def from_clone(self, clone: Path, repository: str, ref: str) -> FetchedRepository | None:
        """The files as a clone has them: as they are on its remote, else as a tag, a branch, or a commit of its own."""
        home = self._folder / repository.lower()
        for own in (f"refs/remotes/origin/{ref}", f"refs/tags/{ref}", f"refs/heads/{ref}", ref):
            with suppress(_GitError):
                commit = self._taken(str(clone), own, home)
                return FetchedRepository(folder=home / commit, commit=commit, source="clone")
        return None

    def _from_git(self, repository: str, ref: str, home: Path) -> FetchedRepository:
        commit = self._taken(f"{self._git_base}/{repository}", ref, home)
        _write_refs(home, ref, commit)
        return FetchedRepository(folder=home / commit, commit=commit, source="git")

    def _taken(self, address: str, ref: str, home: Path) -> str:
        """Have the files below ``home`` and return their commit."""
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home, prefix=".fetching-") as name:
            folder = Path(name) / "files"
            _git(["init", "--quiet", str(folder)], address)
            _git(["-C", str(folder), "fetch", "--quiet", "--depth=1", "--no-tags", "--", address, ref], address)
            _git(["-C", str(folder), "checkout", "--quiet", "--detach", "FETCH_HEAD"], address)
            commit = _git(["-C", str(folder), "rev-parse", "HEAD"], address).strip()
            shutil.rmtree(folder / ".git")
            publish_folder(folder, home / commit)
        return commit


def _advice(repository: str) -> str:
    """What to do without it."""
    instead = _INSTEAD.get(repository.lower())
    mapped = f"map it to a folder: --map-action {repository}=FOLDER, or under [actions.map] in sluice.toml"
    return f"{f'{instead}; or ' if instead else ''}{mapped}; `sluice run --job` runs the jobs that don't need it"


class _GitError(Exception):
    """Git said no; the message is its last line."""


def _git(arguments: list[str], address: str) -> str:
    command = ["git", "-c", "credential.helper=", "-c", "core.askPass=", *arguments]
    environment = {**without_git_place(os.environ), "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    try:
        return output_of(command, seconds=_SECONDS, environment=environment)
    except ProgramError as error:
        private = "there is no such repository, or it is a private one"
        raise _GitError(f"{address}: {private if _ASKS in error.said else error}") from error


def _read_refs(home: Path) -> dict[str, str]:
    try:
        refs: dict[str, str] = json.loads((home / "refs.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return refs


def _write_refs(home: Path, ref: str, commit: str) -> None:
    refs = {**_read_refs(home), ref: commit}
    write_whole(home / "refs.json", json.dumps(refs).encode())
