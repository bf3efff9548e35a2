"""Git commands of a built-in action in one folder, with their failures in the step's words."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path

from sluice.actions.protocol import ActionFailedError, ActionHost
from sluice.rehearsal.github.tokens import is_made_up

_QUIET = {"GIT_TERMINAL_PROMPT": "0", "GIT_LFS_SKIP_SMUDGE": "1"}
"""Git asks nobody, and large files come when they are asked for."""


class Git:
    """Git in a folder of the workspace. ``secret`` holds settings that must not stand on a command line."""

    def __init__(self, host: ActionHost, folder: Path) -> None:
        self.host = host
        self.folder = folder

    async def ask(self, *arguments: str, secret: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Exit code and output."""
        environment = {**self.host.environment, **_QUIET, **_settings(secret or {})}
        directory = self.folder if self.folder.is_dir() else self.host.workspace.paths.workspace
        self.host.debug(f"git {' '.join(arguments)}")
        return await self.host.capture(("git", *arguments), environment=environment, directory=directory)

    async def output(self, *arguments: str) -> str:
        """The output. Raises ``ActionFailedError`` when git fails."""
        code, output = await self.ask(*arguments)
        if code != 0:
            raise _failed(arguments, code, output)
        return output

    async def run(self, *arguments: str, secret: Mapping[str, str] | None = None) -> None:
        """Raises ``ActionFailedError`` when git fails."""
        code, output = await self.ask(*arguments, secret=secret)
        if code != 0:
            raise _failed(arguments, code, output)


def credentials_of(server: str, token: str) -> dict[str, str]:
    """The token as the header that the real actions send, for this server only; a rehearsal's opens nothing there."""
    if not token or is_made_up(token) or not server.startswith("https://"):
        return {}
    basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    return {f"http.{server.rstrip('/')}/.extraheader": f"AUTHORIZATION: basic {basic}"}


def _failed(arguments: tuple[str, ...], code: int, output: str) -> ActionFailedError:
    return ActionFailedError(f"git {arguments[0]} failed with exit code {code}: {output.strip()}")


def _settings(values: Mapping[str, str]) -> dict[str, str]:
    """Configuration by environment (git-config, GIT_CONFIG_COUNT)."""
    if not values:
        return {}
    pairs = {
        f"GIT_CONFIG_{part}_{number}": text
        for number, pair in enumerate(values.items())
        for part, text in zip(("KEY", "VALUE"), pair, strict=True)
    }
    return {"GIT_CONFIG_COUNT": str(len(values)), **pairs}
