"""What runs left in caches, for ``sluice clean``. In: a repository, or all of them. Out: folders of cache entries."""

from __future__ import annotations

from pathlib import Path

from sluice.repository.taking import name_repository
from sluice.store.places import Places, folder_of


def entries_folder(places: Places, root: str, repository: str) -> Path:
    """Where the entries of a repository are, which a run calls ``repository``."""
    return places.cache / "entries" / folder_of(root, repository)


def find_entries(places: Places, root: str | None) -> list[Path]:
    """The folders that are there: of the repository at ``root``, or of every one."""
    if root is None:
        return sorted(places.cache.glob("entries/*"))
    found = entries_folder(places, root, name_repository(Path(root)))
    return [found] if found.is_dir() else []
