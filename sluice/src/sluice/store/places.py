"""Where Sluice keeps things on this machine: a state folder (runs) and a cache folder (what can be fetched anew)."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from sluice.source.errors import StoreError
from sluice.source.machine_limits import NO_INODES, lacks_inodes

_ELSEWHERE = "set SLUICE_HOME to a folder that you can write to"


class Places(Struct, frozen=True, kw_only=True):
    """``state`` holds the event store and the runs' folders, ``cache`` what may be deleted at any time."""

    state: Path
    cache: Path

    @property
    def measures(self) -> Path:
        """The history of measures, which is there once something was kept."""
        return self.state / "measures.sqlite"

    @property
    def deployments(self) -> Path:
        """The log of deployments, which is there once there was one."""
        return self.state / "deployments.sqlite"

    @property
    def environments(self) -> Path:
        """What the environments on this machine consist of: a folder for each."""
        return self.state / "environments"

    @property
    def untold(self) -> Path:
        """What is to be told to channels and was not yet."""
        return self.state / "untold"

    def prepare(self) -> Places:
        """Make both folders, readable by their owner only; raises ``StoreError`` where that can't be."""
        for folder in (self.state, self.cache):
            _prepare(folder)
        return self


def find_places(environment: Mapping[str, str] = os.environ) -> Places:
    """The places named by ``SLUICE_HOME``, else those of the platform (XDG on Linux). Makes nothing."""
    home = environment.get("SLUICE_HOME", "")
    if home:
        root = Path(home).expanduser().absolute()
        return Places(state=root / "state", cache=root / "cache")
    import platformdirs  # noqa: PLC0415  # only when it is needed: it would slow down every start

    try:
        return Places(state=platformdirs.user_state_path("sluice"), cache=platformdirs.user_cache_path("sluice"))
    except RuntimeError as error:  # neither HOME nor an entry in the list of users
        raise StoreError("No home folder is known", hint="set HOME, or SLUICE_HOME to a folder of yours") from error


def folder_name(identity: str) -> str:
    """A repository's folder among those of others: short, readable, and no other's."""
    digest = hashlib.sha256(identity.encode()).hexdigest()[:8]
    return f"{re.sub(r'[^A-Za-z0-9.-]+', '-', identity.rsplit('/', 1)[-1])[:40]}-{digest}"


def folder_of(root: str, repository: str) -> str:
    """A repository's folder where runs of others keep the same kind of thing: those without a remote may be called the
    same, so that their place names them.
    """
    return folder_name(root if repository.startswith("local/") else repository)


def _prepare(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        usable = os.access(folder, os.W_OK | os.X_OK)
    except OSError as error:
        reason, hint = NO_INODES if lacks_inodes(folder) else (error.strerror or str(error), _ELSEWHERE)
        raise _unusable(folder, reason, hint) from error
    if not usable:
        raise _unusable(folder, "it is not writable")


def _unusable(folder: Path, reason: str, hint: str = _ELSEWHERE) -> StoreError:
    return StoreError(f"Sluice can't keep its data in {folder}: {reason}", hint=hint)
