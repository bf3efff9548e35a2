"""What a step's output can tell the engine. Plain data; whoever feeds the output decides what becomes of it.

Messages and titles of annotations are masked already. Values of outputs, states and variables are as the step gave
them, since later steps need them: whoever shows or stores them masks them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

Level: TypeAlias = Literal["error", "warning", "notice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationFound:
    """By a command or a problem matcher. ``file`` is relative to the workspace where it lies in it; lines from 1."""

    level: Level
    message: str
    title: str | None = None
    file: str | None = None
    line: int | None = None
    end_line: int | None = None
    column: int | None = None
    end_column: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskAdded:
    """The masker knows one secret more; the secret itself is not repeated here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputSet:
    """``set-output``."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StateSaved:
    """``save-state``."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentSet:
    """``set-env``, where it was allowed."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PathAdded:
    """``add-path``, where it was allowed."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupOpened:
    """The lines from here on can be folded."""

    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupClosed:
    """The end of the group opened last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchersChanged:
    """Problem matchers of these owners were added or removed, for this and the job's later steps."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandFailed:
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
