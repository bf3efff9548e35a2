"""Which files one commit changes of another."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field

from sluice.runners.host.git import Git


class Changes(Struct):
    """``added`` and ``removed`` are part of ``changed``, but for the old name of a renamed file."""

    changed: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    @property
    def modified(self) -> list[str]:
        """Those that were there before and are still."""
        others = {*self.added, *self.removed}
        return [name for name in self.changed if name not in others]


def read_changes(git: Git, base: str, sha: str) -> Changes:
    """What ``sha`` changes of ``base``, by ``git diff``."""
    return parse_changes(git.run("diff", "--name-status", "-z", base, sha, check=False).split("\0"))


def parse_changes(words: Iterable[str]) -> Changes:
    """The changes by the words of ``--name-status -z``: a kind, then one name or, of a rename or copy, two."""
    found, rest = Changes(), iter(words)
    for word in rest:
        kind, name = word[:1], next(rest, None)
        if name is None:
            break
        if kind in {"D", "R"}:
            found.removed.append(name)
        if kind in {"R", "C"}:
            name = next(rest, "")
        if kind in {"A", "R", "C"}:
            found.added.append(name)
        found.changed.append(name)
    return found
