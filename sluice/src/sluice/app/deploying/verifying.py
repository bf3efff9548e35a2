"""Before the switch: does the new version do its work? A command, or a workflow of the repository, says so: as the
version's own commit has it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from sluice.app.deploying.site import Site
from sluice.delivery.deployment.policy import Verification
from sluice.targets.commands import NETWORK, Command, plain_environment, run, shell
from sluice.targets.protocol import Bundle
from sluice.targets.sources import checked_out, forget

_FOLDER = "verified"


def verify(site: Site, bundle: Bundle) -> str:
    """Say by what it was verified. Raises ``TargetError`` with the last lines when it wasn't."""
    verification = site.policy.verify
    if verification is None:
        return "no verification is configured"
    command = _command(verification, dict(site.target.checking(bundle)), bundle)
    with checked_out(bundle, site.folder / _FOLDER) as directory:
        run(replace(command, directory=directory))
    return verification.command or verification.workflow


def forget_interrupted(site: Site) -> None:
    """Remove the files that a verification was reading when it was killed."""
    if (site.folder / _FOLDER).exists():
        forget(site.root, site.folder / _FOLDER)


def _command(verification: Verification, variables: dict[str, str], bundle: Bundle) -> Command:
    return Command(
        words=shell(verification.command) if verification.command else _workflow(verification, variables),
        directory=bundle.root,
        environment=_with_sluice(variables if verification.command else {**plain_environment(*NETWORK), **_home()}),
        timeout=verification.timeout,
        what=f"`{verification.command or verification.workflow}`",
        masked=bundle.secret_values,
    )


def _workflow(verification: Verification, variables: dict[str, str]) -> list[str]:
    """The workflow as ``sluice run`` runs it; it meets the new version at the ports in its ``vars``.

    It shares this machine's network, or it could not reach them.
    """
    told = {name: value for name, value in variables.items() if name.startswith(("PORT_", "SLUICE_"))}
    given = [word for name, value in told.items() for word in ("--var", f"{name}={value}")]
    options = ["--event", "workflow_dispatch", "--isolation", "none", "--strict", "--plain"]
    return [sys.executable, "-m", "sluice", "run", verification.workflow, *options, *given]


def _with_sluice(environment: Mapping[str, str]) -> dict[str, str]:
    """A check may call ``sluice``: this one is found where there is no other."""
    path = environment.get("PATH", os.defpath)
    return {**environment, "PATH": f"{path}{os.pathsep}{Path(sys.executable).parent}"}


def _home() -> dict[str, str]:
    return {"SLUICE_HOME": os.environ["SLUICE_HOME"]} if "SLUICE_HOME" in os.environ else {}
