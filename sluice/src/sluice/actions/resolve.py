"""Find an action: in the workspace, in a mapped folder, built in, in the cache, or by git.

In: a ``uses`` text. Out: a ``ResolvedAction`` with its manifest. What can't be had is an ``UnavailableError`` that
lists every place that was tried. Nothing is run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec.structs import replace

from sluice.actions.builtin.majors import manifest_at
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.fetching import FetchedRepository
from sluice.actions.protocol import BuiltinAction, ResolvedAction
from sluice.actions.repositories import OWN, Remote, Repositories, inside, parse_remote, with_own_actions
from sluice.machine.threads import in_daemon_thread
from sluice.source.diagnostics import has_errors
from sluice.source.errors import InvalidInputError, UnavailableError
from sluice.source.image_references import parse_image
from sluice.workflow.action_parser import parse_action
from sluice.workflow.model import ActionManifest

IMAGE_ACTION = "docker://"
DEEPEST_NESTING = 10
"""Composite actions within one another."""
_MANIFESTS = ("action.yml", "action.yaml")


class Resolver:
    """Resolves each reference once; safe to ask from several jobs at a time."""

    def __init__(
        self,
        repositories: Repositories,
        *,
        builtins: Mapping[str, Callable[[], BuiltinAction]],
        real: frozenset[str] = frozenset(),
        own: Callable[[], FetchedRepository],
    ) -> None:
        """``own`` has the files of the workflow's repository, as they are under test."""
        self._own = own
        self._repositories = repositories
        self._builtins = {name.lower(): make for name, make in builtins.items() if name.lower() not in real}
        self._known: dict[str, ResolvedAction] = {}

    async def resolve(self, uses: str, workspace_repository: Path | None = None) -> ResolvedAction:
        """The action; a local one is read from ``workspace_repository`` each time."""
        if uses.startswith("./"):
            return _local(uses, workspace_repository)
        if uses.startswith(IMAGE_ACTION):
            return _image(uses)
        if uses not in self._known:
            self._known[uses] = await self._resolve(uses)
        return self._known[uses]

    async def _resolve(self, uses: str) -> ResolvedAction:
        if uses.startswith(OWN):
            found = await in_daemon_thread(self._own)
            folder = inside(found.folder, uses.removeprefix(OWN), uses)
            return _from_folder(uses, folder, source=found.source, commit=found.commit)
        remote = parse_remote(uses)
        name = "/".join(part for part in (remote.repository, remote.path) if part).lower()
        if name in self._builtins and not self._repositories.is_mapped(remote.repository):
            builtin = self._builtins[name]()
            manifest = manifest_at(name, builtin.manifest, remote.ref)
            return ResolvedAction(reference=uses, manifest=manifest, source="built-in", builtin=builtin)
        fetched = await in_daemon_thread(self._repositories.find, remote)
        folder = inside(fetched.folder, remote.path, uses)
        manifest = manifest_in(uses, folder, remote)
        return ResolvedAction(
            reference=uses, manifest=manifest, source=fetched.source, commit=fetched.commit, path=folder
        )


def _local(uses: str, workspace: Path | None) -> ResolvedAction:
    if workspace is None:
        raise UnavailableError(f"'{uses}' is read from the workspace, which is not there yet")
    return _from_folder(uses, inside(workspace, uses[2:], uses), source="local")


def _image(uses: str) -> ResolvedAction:
    """An image as an action: what to run in it comes by ``with``."""
    parse_image(uses.removeprefix(IMAGE_ACTION))
    manifest = read_manifest(f"name: {uses}\nruns: {{using: docker, image: '{uses}'}}", uses)
    return ResolvedAction(reference=uses, manifest=manifest, source="image")


def _from_folder(uses: str, folder: Path, *, source: str, commit: str | None = None) -> ResolvedAction:
    return ResolvedAction(reference=uses, manifest=manifest_in(uses, folder), source=source, commit=commit, path=folder)


def manifest_of(uses: str, repositories: Repositories) -> ActionManifest:
    """The manifest of an action of another repository. Raises as ``manifest_in``."""
    remote = parse_remote(uses)
    return manifest_in(uses, inside(repositories.find(remote).folder, remote.path, uses), remote)


def manifest_in(uses: str, folder: Path, remote: Remote | None = None) -> ActionManifest:
    """The manifest of the action in a folder, which ``remote`` names where it is another repository's. Raises
    ``UnavailableError``, or ``InvalidInputError`` for a bad one.
    """
    path = next((folder / name for name in _MANIFESTS if (folder / name).is_file()), None)
    if path is None:
        raise UnavailableError(
            f"Can't find 'action.yml' or 'action.yaml' for action '{uses}'",
            tried=[str(folder / name) for name in _MANIFESTS],
            hint="did the job run actions/checkout before this local action?" if uses.startswith("./") else None,
        )
    manifest, found = parse_action(path.read_text(encoding="utf-8"), f"{uses.rstrip('/')}/{path.name}")
    if manifest is None or has_errors(found):
        raise InvalidInputError(found)
    return manifest if remote is None else replace(manifest, steps=with_own_actions(manifest.steps, remote))
