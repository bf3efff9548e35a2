"""What can go wrong for a user: one error that says what, where, and what to do. It never holds a password."""

from __future__ import annotations


class MigrationError(Exception):
    """Something that the user can set right. `exit_code`: 1 if the work failed, 2 if it can't be done as asked."""

    def __init__(self, message: str, *, hint: str = "", exit_code: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.exit_code = exit_code
