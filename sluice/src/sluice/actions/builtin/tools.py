"""Programs that an action needs and does not bring: on the job's PATH, beside Sluice, or said to be missing."""

from __future__ import annotations

import sys
from pathlib import Path

from sluice.actions.protocol import ActionHost, ToolchainMissingError


def need(host: ActionHost, program: str, advice: str) -> str:
    """Where a program is. Raises ``ToolchainMissingError``: the job is skipped for it, or fails in a strict run."""
    found = host.workspace.find_program(program, host.environment.get("PATH", ""))
    beside = Path(sys.executable).parent / program
    if found is not None:
        return found
    if beside.is_file():
        return str(beside)
    raise ToolchainMissingError(f"'{program}' is not installed on this machine, so nothing was checked by it: {advice}")
