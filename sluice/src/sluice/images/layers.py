"""What of the layers can be seen in the end, and what is shipped in vain. Entries in. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sluice.images.model import Entry, EntryKind, Waste


class Tree:
    """Grows by one layer after the other."""

    def __init__(self) -> None:
        self._sizes: dict[str, int] = {}
        self._folders: dict[str, set[str]] = {}
        self._wasted: dict[str, tuple[int, int]] = {}

    def add(self, entries: Iterable[Entry]) -> None:
        """Put a layer on top. A deletion counts for what lies below this layer, wherever in it it stands."""
        listed = list(entries)
        for entry in listed:
            if entry.kind in {EntryKind.DELETION, EntryKind.EMPTYING}:
                self._take_away(entry)
        for entry in listed:
            if entry.kind in {EntryKind.FILE, EntryKind.OTHER}:
                self._put(entry)

    def visible(self, path: str) -> bool:
        """Whether a file is to be seen in the end."""
        return path in self._sizes

    def waste(self) -> tuple[Waste, ...]:
        """The largest first."""
        found = (Waste(path=path, size=size, times=times) for path, (size, times) in self._wasted.items() if size)
        return tuple(sorted(found, key=lambda one: (-one.size, one.path)))

    def _put(self, entry: Entry) -> None:
        for path in list(self._below(entry.path)):
            self._lose(path)
        self._lose(entry.path)
        self._sizes[entry.path] = entry.size
        parts = entry.path.split("/")
        for end in range(len(parts)):
            self._folders.setdefault("/".join(parts[:end]), set()).add("/".join(parts[: end + 1]))

    def _take_away(self, entry: Entry) -> None:
        for path in list(self._below(entry.path)):
            self._lose(path)
        if entry.kind is EntryKind.DELETION:
            self._lose(entry.path)

    def _below(self, folder: str) -> Iterator[str]:
        waiting = list(self._folders.get(folder, ()))
        while waiting:
            path = waiting.pop()
            if path in self._sizes:
                yield path
            waiting.extend(self._folders.get(path, ()))

    def _lose(self, path: str) -> None:
        size = self._sizes.pop(path, None)
        if size is not None:
            before, times = self._wasted.get(path, (0, 0))
            self._wasted[path] = (before + size, times + 1)
