"""A command of Sluice that is killed at a given place of its code, as ``kill -9`` would."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

_COMMAND = """\
import importlib, os, signal, sys
from apprise.plugins.slack import NotifySlack
NotifySlack.webhook_url = sys.argv[2]
from sluice.app.running import publishing
publishing.prepare_publication = lambda *_: None
module, _, name = sys.argv[1].partition(":")
owner, _, name = name.rpartition(".")
place = importlib.import_module(module)
setattr(getattr(place, owner) if owner else place, name, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
from sluice.cli.main import cli
sys.exit(cli(sys.argv[3:], standalone_mode=False))
"""


def killed_at(place: str, slack: int, *words: str, folder: Path) -> None:
    """``sluice WORDS``, whose Slack is at that port, dies when it calls ``module:name``; a run may publish."""
    command = [sys.executable, "-c", _COMMAND, place, f"http://127.0.0.1:{slack}", *words]
    ended = subprocess.run(
        command, cwd=folder, env=dict(os.environ), capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.returncode == -signal.SIGKILL, ended.stdout + ended.stderr
