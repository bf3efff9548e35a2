"""What the rules look at: the event's ref and commit, the repository, the time. Plain data."""

from __future__ import annotations

import re
from datetime import datetime

from msgspec import Struct


class Occasion(Struct, frozen=True, kw_only=True):
    """``ref`` is a full one (``refs/heads/main``); ``base`` the branch that a pull request goes to, or that a tag was
    pushed from; times have a zone.
    """

    event: str
    ref: str
    sha: str
    default_branch: str
    base: str = ""
    now: datetime
    committed: datetime | None = None
    short: int = 7

    def part(self, kind: str) -> str | None:
        """What stands behind ``refs/<kind>/``; nothing for a ref of another kind."""
        prefix = f"refs/{kind}/"
        return self.ref.removeprefix(prefix) if self.ref.startswith(prefix) else None

    @property
    def branch(self) -> str:
        """The branch, as a tag may hold it; empty on tags and pull requests."""
        return re.sub(r"[^a-zA-Z0-9._-]+", "-", self.part("heads") or "")

    @property
    def tag(self) -> str:
        """The Git tag, as a tag of an image may hold it; empty on branches and pull requests."""
        return re.sub(r"[^a-zA-Z0-9._-]+", "-", self.part("tags") or "")

    @property
    def on_default_branch(self) -> bool:
        """Whether the event is on the default branch."""
        return self.part("heads") == self.default_branch
