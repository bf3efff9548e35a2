"""What an earlier search of the history found, so that the next looks at new commits only. In: a file. Out: memory.

The file may be deleted at any time; one that can't be read counts as none. It holds digests of secrets, no secret.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import msgspec

from sluice.machine.whole_files import write_whole


class Secret(msgspec.Struct, frozen=True):
    """A secret by detect-secrets' name of its type and its digest, and the commit that added it to ``path``."""

    type: str
    digest: str
    path: str
    commit: str


class Memory(msgspec.Struct):
    """Commits that were searched to their end, every secret that was found in them, and those that add too much for
    that: only the first part of these was looked at. ``no_text`` are the paths of files that were no text.
    """

    commits: set[str] = msgspec.field(default_factory=set)
    secrets: list[Secret] = msgspec.field(default_factory=list)
    cut: list[str] = msgspec.field(default_factory=list)
    no_text: set[str] = msgspec.field(default_factory=set)


def place_of(folder: Path | None, *parts: str) -> Path | None:
    """The file in ``folder`` for all that a search depends on: the repository, the scanner's version, its settings."""
    if folder is None:
        return None
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    return folder / f"history-{digest[:20]}.json"


def recall(place: Path | None, commits: Iterable[str]) -> Memory:
    """The memory, as far as it is about these commits.

    A line that several commits added was looked at once. So where a commit with a secret is gone (the history was
    rewritten), another may hold it unseen: then nothing is remembered.
    """
    try:
        memory = msgspec.json.decode(place.read_bytes(), type=Memory) if place else Memory()
    except (OSError, msgspec.MsgspecError):
        return Memory()
    known = set(commits)
    memory.cut = [commit for commit in memory.cut if commit in known]
    return memory if all(secret.commit in known for secret in memory.secrets) else Memory()


def remember(place: Path | None, memory: Memory) -> None:
    """Keep it; a cache that can't be written is done without."""
    if place is None:
        return
    with suppress(OSError):
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(place, msgspec.json.encode(memory))
