"""Words of a command as a shell would take them apart. In: a text of the user's. Out: its words, or an error."""

from __future__ import annotations

import shlex

from sluice.source.errors import UsageError


def split_words(text: str, what: str) -> list[str]:
    """The words; ``what`` begins the sentence of the ``UsageError`` for a text that is none (a stray quote)."""
    try:
        return shlex.split(text)
    except ValueError as error:
        raise UsageError(f"{what} '{text}' can't be read: {error}") from error
