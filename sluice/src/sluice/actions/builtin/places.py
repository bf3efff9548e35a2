"""Paths as the job's scripts write them, and where they are on this machine."""

from __future__ import annotations

import re

from sluice.actions.protocol import ActionHost
from sluice.runners.protocol import temporary_folder

_TEMPORARY = re.compile(r"(\s*!*\s*)/tmp(?=/|$)")


def on_machine(host: ActionHost, pattern: str) -> str:
    """A path or pattern that starts in ``/tmp`` with the job's own ``/tmp`` instead; any other one as it is.

    The job's folders keep their names inside, also where they are below this machine's ``/tmp``.
    """
    found, paths = _TEMPORARY.match(pattern), host.workspace.paths
    if found is None or pattern[found.end(1) :].startswith(tuple(map(str, (paths.root, paths.tools, paths.actions)))):
        return pattern
    return f"{found[1]}{temporary_folder(host.workspace)}{pattern[found.end() :]}"
