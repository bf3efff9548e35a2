"""How much text an evaluation holds at once. In: sizes. Out: an error when they exceed the limit.

Counted as GitHub counts: two bytes a character, and 26 for each string besides. What the contexts hold is not counted,
nor are literals: both are bounded already. A function's arguments are let go when its result stands.
"""

from __future__ import annotations

from sluice.expressions.errors import ExpressionError

STRING_OVERHEAD = 26
REFERENCE_SIZE = 8
EVALUATION_LIMIT = 10 * 1024 * 1024
"""Bytes; what the runner allows while it evaluates a step or a job."""
DEFAULT_LIMIT = 1024 * 1024
"""Bytes; what GitHub's engine allows where nobody says how much."""


class Memory:
    """The bytes in use; ``used`` may be set back when what was counted since is let go."""

    __slots__ = ("limit", "used")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0

    def add(self, amount: int) -> None:
        """Count bytes; raises ExpressionError beyond the limit."""
        self.used += amount
        if self.used > self.limit:
            raise ExpressionError("evaluation", "The maximum allowed memory size was exceeded")

    def add_text(self, text: str) -> None:
        """Count a string."""
        self.add(STRING_OVERHEAD + 2 * len(text))
