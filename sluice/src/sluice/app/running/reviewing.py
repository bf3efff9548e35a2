"""Reviewers of environments: approved beforehand, asked for on the terminal, or answered by another process."""

from __future__ import annotations

import getpass
import hashlib
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import anyio
import msgspec

from sluice.engine.facilities import Verdict
from sluice.machine.threads import in_daemon_thread
from sluice.machine.whole_files import write_whole
from sluice.source.errors import StoreError

WAITS = "--wait-for-review"
"""The option of a run whose reviews are answered from elsewhere."""
_PAUSE = 0.25


class Mailbox:
    """Where answers to a run's reviews lie until its engine takes them: files in the run's own folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "reviews"

    def put(self, job: str, environment: str, verdict: Verdict) -> None:
        """Leave an answer. Raises ``StoreError``."""
        place = self._place(job, environment)
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            write_whole(place, msgspec.json.encode(verdict))
        except OSError as error:
            raise StoreError(f"the review can't be written to {place}: {error.strerror}") from error

    def take(self, job: str, environment: str) -> Verdict | None:
        """The answer, once; ``None`` before there is one."""
        place = self._place(job, environment)
        with suppress(FileNotFoundError, msgspec.DecodeError):
            verdict = msgspec.json.decode(place.read_bytes(), type=Verdict)
            place.unlink()
            return verdict
        return None

    def _place(self, job: str, environment: str) -> Path:
        return self._folder / hashlib.sha256(f"{job}\0{environment.lower()}".encode()).hexdigest()


class TerminalReviewer:
    """An ``engine.facilities.Reviewer``. ``pause`` and ``go_on`` take the live view off the terminal meanwhile.

    With a ``mailbox``, the answer comes from there, however long that takes.
    """

    def __init__(
        self,
        approved: Sequence[str],
        *,
        pause: Callable[[], None],
        go_on: Callable[[], None],
        mailbox: Mailbox | None = None,
    ) -> None:
        self._approved = frozenset(name.lower() for name in approved)
        self._pause = pause
        self._go_on = go_on
        self._mailbox = mailbox
        self._lock = anyio.Lock()

    async def ask(self, environment: str, reviewers: Sequence[str], job: str) -> Verdict:
        """Yes for what was approved beforehand; else a question, where there is somebody to answer it."""
        if environment.lower() in self._approved:
            return Verdict(approved=True, reviewer=getpass.getuser(), comment="approved on the command line")
        if self._mailbox is not None:
            return await _answer(self._mailbox, environment, job)
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            return Verdict(approved=None)
        async with self._lock:
            self._pause()
            try:
                return await in_daemon_thread(_question, environment, reviewers, job)
            finally:
                self._go_on()


async def _answer(mailbox: Mailbox, environment: str, job: str) -> Verdict:
    while (verdict := mailbox.take(job, environment)) is None:  # noqa: ASYNC110 - another process answers
        await anyio.sleep(_PAUSE)
    return verdict


def _question(environment: str, reviewers: Sequence[str], job: str) -> Verdict:
    text = f"'{job}' wants to deploy to '{environment}' (reviewers: {', '.join(reviewers)}). Approve? [y/N] "
    sys.stderr.write(text)
    sys.stderr.flush()
    answer = sys.stdin.readline().strip().lower()
    return Verdict(approved=answer in {"y", "yes"}, reviewer=getpass.getuser())
