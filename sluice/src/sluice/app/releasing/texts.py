"""Text files as they are, with the line ends that they have. In: a file. Out: its text, or the text in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sluice.source.errors import UsageError


def read_exact(file: Path) -> str:
    """Its text. Raises ``UsageError`` for a file that isn't UTF-8, or can't be read."""
    try:
        return file.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} can't be read: {error}", hint="text in UTF-8") from error


def write_exact(file: Path, text: str) -> None:
    """Make it this text."""
    file.write_bytes(text.encode("utf-8"))


def change(file: Path, rewritten: Callable[[str], str]) -> None:
    """Make it what is made of its text, where that is something else. Raises as ``read_exact`` does."""
    text = read_exact(file)
    if (new := rewritten(text)) != text:
        write_exact(file, new)
