"""Which artifacts a ``pattern`` names, as minimatch reads it: wildcards, braces, lists of alternatives, ``!``."""

from __future__ import annotations

from collections.abc import Iterable


def names_like(pattern: str, names: Iterable[str]) -> list[str]:
    """The names that the pattern matches, in their order; an empty pattern matches all."""
    if not pattern:
        return list(names)
    from wcmatch import fnmatch  # noqa: PLC0415 (only where artifacts are chosen by pattern)

    flags = fnmatch.CASE | fnmatch.BRACE | fnmatch.EXTMATCH | fnmatch.NEGATE | fnmatch.NEGATEALL
    return [name for name in names if fnmatch.fnmatch(name, pattern, flags=flags)]
