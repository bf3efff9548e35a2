"""What can go wrong where shares are kept: `StorageError` at the start, `DatabaseAwayError` while storing."""

from __future__ import annotations


class StorageError(Exception):
    """The store can't be opened as asked; the message says what, where, and what to do."""


class DatabaseAwayError(Exception):
    """The database can't store now.

    What isn't stored stays in the journal. The message is for the log and the status.
    """
