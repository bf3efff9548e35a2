"""Units of systemd that keep environments up: ``sluice deploy status`` starts again what should run and doesn't.

In: a repository. Out: the text of a unit (systemd.service(5), systemd.timer(5)).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

_SERVICE = """\
[Unit]
Description=What is deployed from {root}

[Service]
Type=oneshot
KillMode=process
WorkingDirectory={root}
{environment}ExecStart={python} -m sluice deploy status
SuccessExitStatus=1
"""
_TIMER = """\
[Unit]
Description=Keeps up what Sluice has deployed

[Timer]
OnStartupSec=5s
OnUnitInactiveSec=1min

[Install]
WantedBy=timers.target
"""
PASSED = ("SLUICE_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")
"""Variables that say where things are, which a unit would not have."""


def service_unit(root: Path) -> str:
    """The service. ``KillMode``: the supervisor that it starts stays when the command has ended. A status that is not
    healthy is no failure of the unit.
    """
    given = (f'Environment="{name}={_escaped(os.environ[name])}"\n' for name in PASSED if name in os.environ)
    python = f'"{_escaped(sys.executable)}"'
    return _SERVICE.format(root=_escaped(str(root)), environment="".join(given), python=python)


def timer_unit() -> str:
    """Its timer, for a file of the same name that ends in ``.timer``."""
    return _TIMER


def _escaped(text: str) -> str:
    """``%`` begins a specifier in a unit, and a backslash or a quote would end a quoted word."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
