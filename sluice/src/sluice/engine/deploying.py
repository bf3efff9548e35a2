"""A job that publishes and has an environment may deploy to it, outside of itself: what a job starts ends with it.

In: a session before its first step. Out: two variables, by which ``sluice deploy`` in a step finds who deploys for it.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import Protocol

from msgspec import Struct

from sluice.engine.jobs.session import JobSession
from sluice.source.errors import UnavailableError

ADDRESS, TOKEN = "SLUICE_DEPLOYMENTS", "SLUICE_DEPLOYMENTS_TOKEN"
ADMITTED = "SLUICE_ADMITTED_TO"
"""In a rehearsal: the job's environment, empty without one."""


class Admission(Struct, frozen=True, kw_only=True):
    """A job that was let into ``environment``: the socket where it asks, and what shows that it is the job."""

    listener: socket.socket
    environment: str
    token: str


class Deployer(Protocol):
    """Deploys for jobs; the app has one for each run."""

    async def admit(self, admission: Admission) -> None:
        """Answer the job at its socket until the run is over."""
        ...


async def let_deploy(session: JobSession, environment: str | None) -> None:
    """Open the way for a job that was admitted to an environment. Without it the step that deploys says so, and so does
    a rehearsal, by what the job was admitted to.
    """
    deployer = session.tools.deployer
    if not session.tools.publish:
        session.variables.facts[ADMITTED] = environment or ""
    if environment is None or deployer is None or not session.tools.publish:
        return
    with suppress(UnavailableError):
        listener = await session.workspace.listen()
        host, port = listener.getsockname()[:2]
        token = os.urandom(16).hex()
        session.masker.add(token)
        await (await deployer()).admit(Admission(listener=listener, environment=environment, token=token))
        session.variables.facts |= {ADDRESS: f"http://{host}:{port}", TOKEN: token}
