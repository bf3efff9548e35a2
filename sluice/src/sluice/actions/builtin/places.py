"""Paths as the job's scripts write them, and where they are on this machine."""

from __future__ import annotations

from sluice.actions.protocol import ActionFailedError, ActionHost
from sluice.runners import protocol


def on_machine(host: ActionHost, pattern: str) -> str:
    """A path or pattern (``!`` excludes) in the job's ``/tmp`` as this machine has it; any other one as it is."""
    path = pattern.lstrip(" \t!")
    return pattern[: len(pattern) - len(path)] + protocol.on_machine(host.workspace, path)


def text_of(host: ActionHost, file: str) -> str:
    """A text file of the workspace. Raises ``ActionFailedError``."""
    try:
        return (host.workspace.paths.workspace / file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ActionFailedError(f"{file} can't be read: {error}") from error
