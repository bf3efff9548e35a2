"""An audit as data: its parts, what is looked at, what came of it. It must not know any scanner."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from msgspec import Struct, field

from sluice.evidence.model import Evidence
from sluice.source.diagnostics import Diagnostic
from sluice.source.errors import SluiceError


class Part(StrEnum):
    """A part of an audit, by the name that the command line and the settings use."""

    PYTHON = "python"
    NODE = "node"
    RUST = "rust"
    CODE = "code"
    SECRETS = "secrets"
    HISTORY = "history"
    WORKFLOWS = "workflows"
    DOCKERFILES = "dockerfiles"
    LICENCES = "licences"
    AGE = "age"


class Status(StrEnum):
    """How far a part came. Only the first and the last of them can count as a pass."""

    CHECKED = "checked"
    PARTLY = "checked in part"
    NOT_CHECKED = "not checked"
    NOTHING = "nothing to check"


class NotCheckedError(SluiceError):
    """A part that can't be checked here; the message says why, the hint what would help."""


class AuditSettings(Struct, frozen=True, kw_only=True):
    """``[audit]`` of ``sluice.toml``; a licence list that is empty holds nobody to it."""

    exclude: tuple[str, ...] = ()
    skip: tuple[Part, ...] = ()
    advisories: str | None = None
    osv: str = "https://api.osv.dev"
    index: str | None = None
    secrets_baseline: str | None = None
    history_seconds: float = 60
    allow_licences: tuple[str, ...] = ()
    deny_licences: tuple[str, ...] = ()


class Ran(Struct, frozen=True, kw_only=True):
    """What a program said."""

    code: int
    output: bytes
    errors: str


class Programs(Protocol):
    """Runs scanners."""

    def __call__(self, *words: str, folder: Path, hint: str = "") -> Ran:
        """Run the program named first. Raises ``NotCheckedError`` where it is not there or takes too long."""


class Scene(Struct, frozen=True, kw_only=True):
    """What is audited and with what. ``files`` are relative to ``root``; ``lint`` says what is wrong with workflows.

    ``settled`` gives a file that allows something, as the version has it that counts; nothing where it has none.
    ``cache`` is a folder for what may be forgotten.
    """

    root: Path
    files: tuple[str, ...]
    today: dt.date
    settings: AuditSettings = field(default_factory=AuditSettings)
    run: Programs
    lint: Callable[[Iterable[str]], Iterable[Diagnostic]]
    settled: Callable[[str], bytes | None]
    offline: bool = False
    cache: Path | None = None


class Checked(Struct, frozen=True, kw_only=True):
    """What a part found; ``what`` says what was looked at, ``tools`` with what."""

    what: str
    tools: tuple[str, ...]
    evidence: Evidence


class Result(Struct, frozen=True, kw_only=True):
    """A part with its status; ``detail`` is what was looked at, or why nothing was."""

    part: Part
    status: Status
    detail: str
    tools: tuple[str, ...] = ()
    evidence: Evidence = field(default_factory=Evidence)
    seconds: float = 0.0
