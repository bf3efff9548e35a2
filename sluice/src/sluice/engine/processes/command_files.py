"""The files through which a step sets variables, outputs, state, path and summary: made, told of, and taken away."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from sluice.engine.processes.command_results import PREFIXES, FileResults, Reading

_OWN = {"effects": "SLUICE_EFFECTS"}
"""Variables of files that GitHub doesn't have: who writes there makes them."""
_OF_GITHUB = tuple(sorted(kind for kind in PREFIXES if kind not in _OWN))
_SCRIPT = "script"
_NAMES = {**PREFIXES, _SCRIPT: "script_"}
_MADE = (*_OF_GITHUB, _SCRIPT)
_Mark = tuple[int, int, int, int, int]


class CommandFiles:
    """The files of one step, in ``folder``, which is opened at once: exchanging it later has no effect."""

    def __init__(self, folder: Path) -> None:
        """Make the files, empty and readable by all who may write there; raises ``OSError`` when that can't be."""
        self._folder = folder
        self._suffix = secrets.token_hex(8)
        folder.mkdir(parents=True, exist_ok=True)  # an earlier step may have taken it away
        self._descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self._marks = [self._make(kind) for kind in _MADE]
        except BaseException:
            self.discard()
            raise

    def _make(self, kind: str) -> _Mark:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        descriptor = os.open(self._name(kind), flags, 0o666, dir_fd=self._descriptor)
        try:
            return _mark(os.fstat(descriptor))
        finally:
            os.close(descriptor)

    @property
    def untouched(self) -> bool:
        """Whether the files are there as they were made, and the folder where it was."""
        try:
            there = os.path.samestat(self._folder.stat(), os.fstat(self._descriptor))
            return there and self._marks == [self._found(kind) for kind in _MADE] and not self._foretold()
        except OSError:
            return False

    def _foretold(self) -> bool:
        """Whether somebody made the files that are the step's to make."""
        names, folder = map(self._name, _OWN), self._descriptor
        return any(os.access(name, os.F_OK, dir_fd=folder, follow_symlinks=False) for name in names)

    def _found(self, kind: str) -> _Mark:
        return _mark(os.stat(self._name(kind), dir_fd=self._descriptor, follow_symlinks=False))

    @property
    def environment(self) -> dict[str, str]:
        """``GITHUB_ENV``, ``_OUTPUT``, ``_PATH``, ``_STATE``, ``_STEP_SUMMARY``, and ``SLUICE_EFFECTS``."""
        own = {variable: self._path(kind) for kind, variable in _OWN.items()}
        return {f"GITHUB_{kind.upper()}": path for kind, path in self.places.items()} | own

    @property
    def places(self) -> dict[str, str]:
        """Where they are, by their names in the ``github`` context."""
        return {kind: self._path(kind) for kind in _OF_GITHUB}

    def give_script(self, path: Path) -> None:
        """Let an empty file be there for the step's script, to be written; where none comes, writing makes it."""
        with suppress(OSError):
            os.rename(self._name(_SCRIPT), path, src_dir_fd=self._descriptor)

    def discard(self) -> None:
        """Remove the files unread, instead of ``collect``: nothing was run."""
        for name in map(self._name, _NAMES):
            try:
                os.unlink(name, dir_fd=self._descriptor)
            except OSError:  # gone, or a folder: it goes when the job's folder does
                continue
        os.close(self._descriptor)

    def collect(self) -> FileResults:
        """Read the files and remove them; whatever is wrong is in the results. Once only."""
        try:
            return Reading(self._descriptor, self._suffix).results()
        finally:
            self.discard()

    def _path(self, kind: str) -> str:
        return f"{self._folder}/{self._name(kind)}"

    def _name(self, kind: str) -> str:
        return _NAMES[kind] + self._suffix


class CommandFileSupply:
    """The command files of a job's steps, in ``folder``: a step's are made while the one before it runs, since some
    disks take longer to make files than a short step takes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._next: CommandFiles | None = None

    def take(self) -> CommandFiles:
        """A step's own; what was made ahead, unless a step has changed it. Raises ``OSError`` as making them does."""
        files, self._next = self._next, None
        if files is not None and not files.untouched:
            files.discard()
            files = None
        return files or CommandFiles(self._folder)

    def prepare(self) -> None:
        """Make the next step's; what stands in the way of it is for that step to say."""
        if self._next is None:
            with suppress(OSError):
                self._next = CommandFiles(self._folder)

    def close(self) -> None:
        """The job is over: nobody needs the next ones."""
        if self._next is not None:
            self._next.discard()
            self._next = None


def _mark(found: os.stat_result) -> _Mark:
    return found.st_ino, found.st_mode, found.st_uid, found.st_nlink, found.st_size
