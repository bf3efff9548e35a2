"""Which files one commit changes of another."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field

from sluice.repository.git import Git


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
    found = Changes()
    rest = iter(words)
    for kind, name in zip(rest, rest, strict=False):  # what ends the last name makes no pair
        change = kind[:1]  # of a rename or copy, how alike the two are follows
        new = next(rest) if change in {"R", "C"} else name
        if change in {"D", "R"}:
            found.removed.append(name)
        if change in {"A", "R", "C"}:
            found.added.append(new)
        found.changed.append(new)
    return found
