"""What a build is given: its context, its Dockerfile, its secrets.

Without ``context`` it is the event's commit, as with the real action, which asks Git for it: files that earlier steps
made are not in it. ``context: .`` is the workspace.
"""

from __future__ import annotations

import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
from msgspec import Struct

from sluice.actions.builtin.docker import build_inputs
from sluice.actions.protocol import ActionFailedError, ActionHost

DEFAULT = "{{defaultContext}}"


class Context(Struct, frozen=True, kw_only=True):
    """A folder or an address, and the Dockerfile."""

    place: str
    file: str

    def words(self) -> list[str]:
        """As the last words of ``docker build``."""
        return [*(["--file", self.file] if self.file else []), self.place]


async def take_context(host: ActionHost) -> Context:
    """The context that is asked for; one from Git is unpacked. Raises ``ActionFailedError``."""
    given, file = host.inputs["context"].strip(), host.inputs["file"].strip()
    if given and not given.startswith(DEFAULT):
        return Context(place=given, file=file)
    place = await unpacked(host) / given.removeprefix(DEFAULT).lstrip(":")
    return Context(place=str(place), file=str(place / file) if file else "")


async def unpacked(host: ActionHost) -> Path:
    """A folder with the event's commit. Raises ``ActionFailedError``."""
    folder = anyio.Path(host.workspace.paths.temp / "docker-context")
    await folder.mkdir(parents=True, exist_ok=True)
    archive = f"git -C {shlex.quote(str(host.source_repository))} archive {shlex.quote(host.environment['GITHUB_SHA'])}"
    script = f"set -o pipefail; {archive} | tar -x -C {shlex.quote(str(folder))}"
    code, said = await host.capture(("bash", "-c", script))
    if code != 0:
        raise ActionFailedError(f"The commit can't be unpacked as the build's context: {said.strip()}")
    return Path(folder)


@asynccontextmanager
async def secrets_in(host: ActionHost) -> AsyncIterator[list[str]]:
    """The options that hand the secrets in; their files are gone afterwards."""
    folder = anyio.Path(host.workspace.paths.temp / "docker-secrets")
    words: list[str] = []
    for name, file in build_inputs.secret_files(host.inputs):
        words += ["--secret", f"id={name},src={file}"]
    values = build_inputs.secret_values(host.inputs, host.environment, host.warning)
    try:
        for number, (name, value) in enumerate(values.items()):
            host.mask(value)
            await folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = folder / str(number)
            await path.touch(mode=0o600)
            await path.write_text(value, encoding="utf-8")
            words += ["--secret", f"id={name},src={path}"]
        yield words
    finally:
        for number in range(len(values)):
            await (folder / str(number)).unlink(missing_ok=True)
