"""What a step's output can tell the engine. Plain data; whoever feeds the output decides what becomes of it.

Messages and titles of annotations are masked already. Values of outputs, states and variables are as the step gave
them, since later steps need them: whoever shows or stores them masks them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

from msgspec import Struct

Level: TypeAlias = Literal["error", "warning", "notice"]


class AnnotationFound(Struct, frozen=True, kw_only=True):
    """By a command or a problem matcher. ``file`` is relative to the workspace where it lies in it; lines from 1."""

    level: Level
    message: str
    title: str | None = None
    file: str | None = None
    line: int | None = None
    end_line: int | None = None
    column: int | None = None
    end_column: int | None = None


class MaskAdded(Struct, frozen=True, kw_only=True):
    """The masker knows one secret more; the secret itself is not repeated here."""


class OutputSet(Struct, frozen=True, kw_only=True):
    """``set-output``."""

    name: str
    value: str


class StateSaved(Struct, frozen=True, kw_only=True):
    """``save-state``."""

    name: str
    value: str


class EnvironmentSet(Struct, frozen=True, kw_only=True):
    """``set-env``, where it was allowed."""

    name: str
    value: str


class PathAdded(Struct, frozen=True, kw_only=True):
    """``add-path``, where it was allowed."""

    path: str


class GroupOpened(Struct, frozen=True, kw_only=True):
    """The lines from here on can be folded."""

    title: str


class GroupClosed(Struct, frozen=True, kw_only=True):
    """The end of the group opened last."""


class MatchersChanged(Struct, frozen=True, kw_only=True):
    """Problem matchers of these owners were added or removed, for this and the job's later steps."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


class CommandFailed(Struct, frozen=True, kw_only=True):
    """A command could not be carried out: the step fails, whatever its exit code."""

    message: str


OutputEvent: TypeAlias = (
    AnnotationFound
    | MaskAdded
    | OutputSet
    | StateSaved
    | EnvironmentSet
    | PathAdded
    | GroupOpened
    | GroupClosed
    | MatchersChanged
    | CommandFailed
)

Emit: TypeAlias = Callable[[OutputEvent], None]
