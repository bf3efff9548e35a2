"""Runs a server's own programs to their end: initdb, and the server in single-user mode."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from sluice.machine.parent import die_with_parent
from sluice.services.errors import ServiceError
from sluice.services.protocol import Identity

_SECONDS = 120
_LINES = 20


def run_program(
    command: Sequence[str], *, environment: Mapping[str, str], folder: Path, identity: Identity | None, text: str = ""
) -> str:
    """Run it as ``identity`` with ``text`` as its input; what it printed. Raises ``ServiceError`` when it fails."""
    try:
        done = subprocess.run(
            command,
            env=environment,
            cwd=folder,
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
            user=None if identity is None else identity.user,
            group=None if identity is None else identity.group,
            extra_groups=None if identity is None else (),
            preexec_fn=die_with_parent(signal.SIGKILL),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ServiceError(f"{Path(command[0]).name} can't be run: {error}") from error
    if done.returncode != 0:
        raise ServiceError(
            f"{Path(command[0]).name} failed with exit code {done.returncode}", tried=done.stdout.splitlines()[-_LINES:]
        )
    return done.stdout
