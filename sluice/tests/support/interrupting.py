"""Runs in processes of their own, which can be interrupted."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

PATIENCE = 20
"""Seconds."""


def start(repository: Path, text: str, *options: str) -> subprocess.Popen[str]:
    """``sluice run`` of the text of a workflow."""
    (repository / ".github/workflows/w.yml").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "sluice", "run", "w.yml", "--plain", "--verbose", *options]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),  # noqa: PLW1509 (the suite may run under nohup)
    )


def read_until(process: subprocess.Popen[str], text: str) -> list[str]:
    """Its lines up to the first with the text."""
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line.rstrip())
        if text in line:
            return lines
    raise AssertionError("\n".join(lines))


def rest(process: subprocess.Popen[str]) -> str:
    """What it says until it ends."""
    return process.communicate(timeout=PATIENCE)[0]
