"""Servers as ordinary subprocesses of this machine, for tests and wherever a job has no namespace of its own.

A server is its own session and process group. The kernel signals it when the thread that started it ends, so that
nothing is left after ``kill -9``: call ``start`` from a thread that lives as long as the service (an event loop's).
"""

from __future__ import annotations

import subprocess
import sys

from sluice.machine.children import shell_code, signal_group, wait_for_child
from sluice.machine.parent import die_with_parent
from sluice.runners.protocol import Workspace
from sluice.services.protocol import Launch, LaunchedProcess
from sluice.source.errors import UnavailableError


class LocalLauncher:
    """Starts servers as children of this process."""

    async def start(self, launch: Launch) -> LocalProcess:
        """Start it; raises ``UnavailableError`` when its program can't be started."""
        return start_locally(launch)


def start_locally(launch: Launch) -> LocalProcess:
    """Start a server; raises ``UnavailableError`` when its program can't be started. It needs no event loop."""
    identity = launch.identity
    try:
        with launch.log.open("ab") as log:
            process = subprocess.Popen(
                launch.command,
                env=launch.environment,
                cwd=launch.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=None if identity is None else identity.user,
                group=None if identity is None else identity.group,
                extra_groups=None if identity is None else (),
                preexec_fn=die_with_parent(launch.death_signal),  # noqa: PLW1509 - one C call, loaded before the fork
            )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise UnavailableError(f"'{launch.command[0]}' can't be started: {error}") from error
    return LocalProcess(process)


_BECOME = """
import os, sys
group, user, program = sys.argv[1:4]
os.setgroups([])
os.setgid(int(group))
os.setuid(int(user))
os.execv(program, sys.argv[3:])
"""


class WorkspaceLauncher:
    """Starts servers in a job's place, beside its steps; they end with it."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def start(self, launch: Launch) -> LaunchedProcess:
        """Start it; raises ``UnavailableError`` when its program can't be started."""
        command = list(launch.command)
        if launch.identity is not None:
            who = (str(launch.identity.group), str(launch.identity.user))
            command = [sys.executable, "-I", "-S", "-c", _BECOME, *who, *command]
        return await self._workspace.serve(
            command, environment=launch.environment, directory=launch.directory, log=launch.log
        )


class LocalProcess:
    """A child of this process."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.pid = process.pid

    def exit_code(self) -> int | None:
        """Its exit code (``128 + n`` after signal ``n``), or ``None`` while it runs."""
        code = self._process.poll()
        return None if code is None else shell_code(code)

    async def wait(self) -> int:
        """Its exit code, once it has ended."""
        while (code := self.exit_code()) is None:
            await wait_for_child(self._process)
        return code

    def signal(self, number: int) -> None:
        """To the whole group; a group that is gone is no error."""
        signal_group(self.pid, number)
