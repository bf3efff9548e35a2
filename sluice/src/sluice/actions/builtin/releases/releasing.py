"""What the actions that make releases share: a connection from where they run, files by patterns, effects told.

In a rehearsal the stand-in tells the run of each change; when it is for real, this does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import anyio.to_thread

from sluice.actions.builtin.places import on_machine
from sluice.actions.globbing import find_files
from sluice.actions.protocol import ActionFailedError, ActionHost, ToolchainMissingError
from sluice.expressions.conversion import to_text
from sluice.github.connection import Hub, Place, RefusedByGitHubError, connect
from sluice.github.releases import upload_asset
from sluice.source.errors import UnavailableError

Answer = TypeVar("Answer")


class Publisher:
    """A repository's releases, through the client, on behalf of a step."""

    def __init__(self, host: ActionHost, hub: Hub, addresses: tuple[str, str]) -> None:
        self.host = host
        self.hub = hub
        self._outer, self._inner = addresses

    async def ask(self, what: Callable[..., Answer], *arguments: object, **named: object) -> Answer:
        """Call a function of the client's. Raises ``ActionFailedError`` and ``RefusedByGitHubError``."""
        try:
            return await anyio.to_thread.run_sync(partial(what, self.hub, *arguments, **named))
        except RefusedByGitHubError:
            raise
        except UnavailableError as error:
            raise ActionFailedError(error.in_one_line) from error

    async def change(self, kind: str, target: str, what: Callable[..., Answer], *arguments: object) -> Answer:
        """Ask for a change; the run records it as an effect when it publishes. Raises ``ActionFailedError``."""
        try:
            answer = await self.ask(what, *arguments)
        except RefusedByGitHubError as error:
            raise ActionFailedError(error.in_one_line) from error
        if self.host.publishing:
            target = f"{self.hub.place.repository} {target}"
            self.host.record_effect(kind=kind, target=target, request=_request(arguments), rehearsed=False)
        return answer

    async def upload(self, release: dict[str, Any], files: Iterable[Path], *, overwrite: bool = True) -> list[Any]:
        """Each file as an asset, under its name; those that GitHub has afterwards."""
        upload = partial(upload_asset, overwrite=overwrite)
        tag = release["tag_name"]
        return [await self.change("asset", f"{tag} {file.name}", upload, release["id"], file) for file in files]

    def set_outputs(self, release: dict[str, Any], names: dict[str, str]) -> None:
        """Outputs from fields of the release, with the addresses as the job finds them."""
        for output, field in names.items():
            value = release[field]
            text = json.dumps(value) if isinstance(value, list) else str(value)
            self.host.set_output(output, text.replace(self._outer, self._inner))


async def open_publisher(host: ActionHost, repository: str, token: str) -> Publisher:
    """A connection to ``repository``, the run's own where it is empty. Raises ``ActionFailedError`` without a token."""
    if not token:
        raise ActionFailedError("Input required and not supplied: token")
    outer, inner = await host.reach_github()
    name = repository or to_text(host.github["repository"])
    try:
        hub = connect(Place(repository=name, token=token, api=outer))
    except UnavailableError as error:
        raise ToolchainMissingError(error.in_one_line) from error
    return Publisher(host, hub, (outer, inner))


def tag_of(host: ActionHost, given: str) -> str:
    """The tag that is named, or the run's. Raises ``ActionFailedError`` when it runs for a branch."""
    name, ref = given.removeprefix("refs/tags/"), to_text(host.github["ref"])
    if not name and not ref.startswith("refs/tags/"):
        raise ActionFailedError(f"A release needs a tag, and this run is for {ref}: give one, or start it on a tag")
    return name or ref.removeprefix("refs/tags/")


def find_assets(host: ActionHost, patterns: Iterable[str], folder: Path) -> tuple[list[Path], list[str]]:
    """The files that the patterns name, in order, and the patterns that name none."""
    found: dict[Path, None] = {}
    lost: list[str] = []
    for pattern in patterns:
        files = find_files([on_machine(host, pattern)], folder, home=host.workspace.paths.home)
        found.update(dict.fromkeys(sorted(path for path in files if path.is_file())))
        lost += [] if files else [pattern]
    return list(found), lost


def _request(arguments: tuple[object, ...]) -> str:
    return " ".join(str(argument) for argument in arguments)
