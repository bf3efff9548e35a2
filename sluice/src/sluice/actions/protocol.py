"""What an action gets to work with. The engine implements ``ActionHost``; actions never import the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from msgspec import Struct

from sluice.expressions.values import Dictionary
from sluice.rehearsal.stand_ins import StandIns
from sluice.runners.protocol import Workspace
from sluice.store.files.artifacts import Artifact, Packing
from sluice.workflow.model import ActionManifest


class ActionFailedError(Exception):
    """A built-in action failed as the real one does: its step fails with this message as an error annotation."""


class ToolchainMissingError(ActionFailedError):
    """The machine lacks what the action sets up: the job is skipped for this reason, or fails in a strict run."""


class ArtifactStore(Protocol):
    """The artifacts of one run; sizes in bytes, digests SHA-256 in hex. Refusals are ``StoreError``s."""

    def names(self) -> tuple[str, ...]: ...
    def entries(self) -> tuple[Artifact, ...]: ...
    def upload(self, name: str, base: Path, files: Sequence[Path], how: Packing) -> tuple[str, int, str]:
        """Keep ``files`` (relative to ``base``); returns id, size, digest; raises when the name is taken."""
        ...

    def download(self, name: str, target: Path, *, unpack: bool = True) -> int:
        """Unpack into ``target``, refusing members that leave it; returns the number of files."""
        ...

    def intact(self, name: str) -> bool:
        """Whether the digest is still that of the upload."""
        ...

    def delete(self, name: str) -> bool: ...


class CacheStore(Protocol):
    """Cache entries of the repository, scoped by ref as GitHub does: a ref sees its own, its base's and the default
    branch's.
    """

    def find(self, keys: Sequence[str], paths: Sequence[str]) -> str | None:
        """The key that matches: the first key exactly, else each in order as a prefix, newest entry first."""
        ...

    def restore(self, key: str, paths: Sequence[str], workspace: Path) -> int: ...
    def save(self, key: str, paths: Sequence[str], workspace: Path) -> int | None:
        """Size in bytes, or ``None`` when the key is already there (entries never change)."""
        ...


class ActionHost(Protocol):
    """One step of one action in one job."""

    workspace: Workspace
    container: Workspace | None
    """The job's own container, where it has one: its steps run there, the actions here on the machine."""
    inputs: Mapping[str, str]
    ref: str
    """What stands behind the ``@`` of ``uses``."""
    environment: Mapping[str, str]
    github: Dictionary
    artifacts: ArtifactStore
    earlier_artifacts: Callable[[int], ArtifactStore | None]
    """The artifacts of the repository's run with this number (``github.run_id``), where this machine has it."""
    caches: CacheStore
    job: str
    source_repository: Path
    """A git repository on this machine that holds the commit under test (the snapshot)."""
    publishing: bool
    """Whether outward effects go (``--publish``). Otherwise they go to a stand-in, or are recorded and not made."""
    permissions: Mapping[str, str] | None
    """What the job's token may, by scope; ``None`` where the workflow leaves it to the repository's settings."""
    stand_ins: StandIns
    """What stands in for the outside in this run, while it doesn't publish."""

    @property
    def state(self) -> Mapping[str, str]:
        """What an earlier stage of this step saved."""
        ...

    def log(self, text: str) -> None: ...
    def debug(self, text: str) -> None: ...
    def notice(self, text: str) -> None: ...
    def warning(self, text: str) -> None: ...
    def error(self, text: str) -> None: ...
    def mask(self, secret: str) -> None: ...
    def set_output(self, name: str, value: str) -> None: ...
    def set_environment(self, name: str, value: str) -> None: ...
    def add_path(self, path: Path) -> None: ...
    def save_state(self, name: str, value: str) -> None: ...
    def add_matcher(self, matcher: Mapping[str, object]) -> None: ...
    def add_summary(self, text: str) -> None: ...
    def record_upload(self, name: str, size: int, files: int, digest: str) -> None: ...
    def record_download(self, name: str) -> None: ...
    def record_cache_lookup(self, key: str, matched: str | None, size: int = 0) -> None: ...
    def record_cache_save(self, key: str, size: int) -> None: ...
    def record_effect(self, *, kind: str, target: str, request: str, rehearsed: bool) -> None: ...

    async def reach_github(self) -> tuple[str, str]:
        """Where this process, which may be outside of the job's network, finds GitHub's API, and where the job does."""
        ...

    async def run(
        self, command: Sequence[str], *, environment: Mapping[str, str] | None = None, directory: Path | None = None
    ) -> int:
        """Run a program in the workspace with its output in the step's log; returns its exit code."""
        ...

    async def capture_inside(self, command: Sequence[str]) -> tuple[int, str]:
        """A program in the job's own place, its container if it has one; its exit code and output."""
        ...

    async def capture(
        self, command: Sequence[str], *, environment: Mapping[str, str] | None = None, directory: Path | None = None
    ) -> tuple[int, str]:
        """Run a program quietly; returns its exit code and output."""
        ...


class BuiltinAction(Protocol):
    """A built-in stand-in for a real action, with that action's inputs and outputs in ``manifest``.

    ``left_out`` are the inputs that have no effect here, each with the reason, as a clause without a full stop;
    ``declined`` those of them that are as they should be when they are ``false``.
    """

    manifest: ActionManifest
    left_out: Mapping[str, str] = MappingProxyType({})
    declined: Set[str] = frozenset()

    async def main(self, host: ActionHost) -> None: ...

    async def post(self, host: ActionHost) -> None:
        """Runs after the job's main steps, last in, first out; nothing where the real one has no post step."""


class ResolvedAction(Struct, frozen=True, kw_only=True):
    """An action that can run: either ``builtin`` or a folder ``path`` with its manifest.

    ``source`` says where it came from (``built-in``, ``local``, ``image``, or as of ``FetchedRepository``), ``commit``
    which commit.
    """

    reference: str
    manifest: ActionManifest
    source: str
    commit: str | None = None
    path: Path | None = None
    builtin: BuiltinAction | None = None
