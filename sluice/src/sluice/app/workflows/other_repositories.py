"""The other repositories that a run may read from, as settings and options say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from sluice.actions.fetching import ActionCache
from sluice.actions.repositories import Repositories
from sluice.app.settings import Settings
from sluice.store.places import Places

_NOTHING: Mapping[str, Path] = MappingProxyType({})


def other_repositories(
    root: Path, settings: Settings, places: Places, *, mappings: Mapping[str, Path] = _NOTHING, offline: bool = False
) -> Repositories:
    """``root`` is the clone, ``mappings`` are those of the command line, which go before those of ``sluice.toml``."""
    cache = ActionCache(places.cache / "actions", git_base=settings.git_base, offline=offline)
    return Repositories(cache, {**settings.actions, **mappings}, root)
