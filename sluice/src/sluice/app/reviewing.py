"""Reviewers of environments: approved beforehand, or asked for on the terminal."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable, Sequence

import anyio

from sluice.actions.builtin.aside import aside
from sluice.engine.facilities import Verdict


class TerminalReviewer:
    """An ``engine.facilities.Reviewer``. ``pause`` and ``go_on`` take the live view off the terminal meanwhile."""

    def __init__(self, approved: Sequence[str], *, pause: Callable[[], None], go_on: Callable[[], None]) -> None:
        self._approved = frozenset(name.lower() for name in approved)
        self._pause = pause
        self._go_on = go_on
        self._lock = anyio.Lock()

    async def ask(self, environment: str, reviewers: Sequence[str], job: str) -> Verdict:
        """Yes for what was approved beforehand; else a question, where there is somebody to answer it."""
        if environment.lower() in self._approved:
            return Verdict(approved=True, reviewer=getpass.getuser(), comment="approved on the command line")
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            return Verdict(approved=None)
        async with self._lock:
            self._pause()
            try:
                return await aside(_question, environment, reviewers, job)
            finally:
                self._go_on()


def _question(environment: str, reviewers: Sequence[str], job: str) -> Verdict:
    text = f"'{job}' wants to deploy to '{environment}' (reviewers: {', '.join(reviewers)}). Approve? [y/N] "
    sys.stderr.write(text)
    sys.stderr.flush()
    answer = sys.stdin.readline().strip().lower()
    return Verdict(approved=answer in {"y", "yes"}, reviewer=getpass.getuser())
