"""What goes wrong with a service that could be had: its own last words come with the error."""

from __future__ import annotations

from pathlib import Path

from sluice.source.errors import UnavailableError

TAIL_LINES = 20
_TAIL_BYTES = 16_384


class ServiceError(UnavailableError):
    """A service failed or never got healthy; ``tried`` holds the last lines of its log."""


def log_tail(log: Path, lines: int = TAIL_LINES) -> tuple[str, ...]:
    """The last lines of a log, or nothing where there is none."""
    try:
        with log.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - _TAIL_BYTES))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ()
    return tuple(line for line in text.splitlines() if line.strip())[-lines:]
