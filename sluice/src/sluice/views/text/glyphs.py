"""The few signs that views draw with, for terminals that show Unicode and for those that don't."""

from __future__ import annotations

from typing import TextIO

from msgspec import Struct

STATES = (
    *("success", "failure", "tolerated", "cancelled", "skipped", "running", "waiting", "pending", "interrupted"),
    "partly",
)


class Glyphs(Struct, frozen=True, kw_only=True):
    """One sign of one column for each state, and the pieces of bars and rules."""

    success: str
    failure: str
    tolerated: str
    cancelled: str
    skipped: str
    running: str
    waiting: str
    pending: str
    interrupted: str
    partly: str
    error: str
    warning: str
    notice: str
    bar_done: str
    bar_left: str
    rule: str
    quote: str
    dot: str
    arrow: str
    ellipsis: str

    def of(self, state: str) -> str:
        """The sign of a state, or of a result; a question mark for one that nobody knows."""
        return str(getattr(self, state)) if state in STATES else "?"


UNICODE = Glyphs(
    success="✓",
    failure="✗",
    tolerated="✗",
    cancelled="⊘",
    skipped="–",
    running="●",
    waiting="◔",
    pending="○",
    interrupted="‼",
    partly="◐",
    error="✗",
    warning="▲",
    notice="•",
    bar_done="━",
    bar_left="─",
    rule="─",
    quote="│",
    dot="·",
    arrow="›",
    ellipsis="…",
)
ASCII = Glyphs(
    success="+",
    failure="x",
    tolerated="x",
    cancelled="!",
    skipped="-",
    running="*",
    waiting="~",
    pending=".",
    interrupted="!",
    partly="~",
    error="x",
    warning="!",
    notice="i",
    bar_done="=",
    bar_left="-",
    rule="-",
    quote="|",
    dot="-",
    arrow=">",
    ellipsis="...",
)


def glyphs_for(encoding: str | None) -> Glyphs:
    """Unicode signs where the encoding has them."""
    return UNICODE if (encoding or "").lower().replace("-", "").replace("_", "") in {"utf8", "utf8sig"} else ASCII


def glyphs_of(stream: TextIO) -> Glyphs:
    """The signs that can be written to this stream."""
    return glyphs_for(getattr(stream, "encoding", None))
