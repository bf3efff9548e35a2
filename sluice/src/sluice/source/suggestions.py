"""The word that was probably meant. In: a word that isn't allowed, those that are. Out: the one most like it."""

from __future__ import annotations

from collections.abc import Iterable

CUTOFF = 0.6
"""How alike two words must be, from 0 to 1 (``difflib.SequenceMatcher.ratio``)."""


def nearest(word: str, allowed: Iterable[str], cutoff: float = CUTOFF) -> str | None:
    """The allowed word that is most like ``word``; of equals the last in the alphabet; ``None`` where none is."""
    import difflib  # noqa: PLC0415 - only a mistake needs it

    near = difflib.get_close_matches(word, list(allowed), n=1, cutoff=cutoff)
    return near[0] if near else None


def did_you_mean(word: str, allowed: Iterable[str], cutoff: float = CUTOFF) -> str | None:
    """A question for that word, as a hint."""
    near = nearest(word, allowed, cutoff)
    return f"did you mean '{near}'?" if near else None
