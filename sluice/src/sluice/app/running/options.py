"""What a person may ask of a run, whichever way: command line, rerun, later the web page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from msgspec import Struct, field

SUCCESS, FAILURE, UNREAD, INTERRUPTED = 0, 1, 2, 130
"""Exit codes of a run: ``UNREAD`` passed, but the events that a program asked for could not be written; the last is
what a shell says of a program that SIGINT ended.
"""
ABSENT = 2
"""The job run that was asked for turned out not to be there."""

Output = Literal["auto", "live", "plain", "json", "quiet"]


class RunOptions(Struct, frozen=True, kw_only=True):
    """``paths`` are workflow files or folders; empty means every workflow of the repository that the event starts."""

    paths: tuple[str, ...] = ()
    event: str | None = None
    event_file: Path | None = None
    activity: str | None = None
    ref: str | None = None
    base: str | None = None
    labels: tuple[str, ...] = ()
    inputs: Mapping[str, str] = field(default_factory=dict)
    jobs: tuple[str, ...] = ()
    alone: bool = False
    secrets: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    approvals: tuple[str, ...] = ()
    wait_for_review: bool = False
    actions: Mapping[str, Path] = field(default_factory=dict)
    offline: bool = False
    strict: bool = False
    publish: bool = False
    debug: bool = False
    at_once: int | None = None
    isolation: str | None = None
    output: Output = "auto"
    verbose: bool = False
    keep: bool = False
    forced: bool = False
    command: tuple[str, ...] = ()
