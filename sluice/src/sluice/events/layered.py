"""A mapping that is never changed, whose successor with one more value shares almost all of it.

A run of many steps has a state after each of its events. To copy the steps for each would cost their square.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

V = TypeVar("V")
_FEWEST = 64


class Layered(Mapping[str, V]):
    """In order of appearance, as a ``dict``; equal to any mapping that holds the same."""

    __slots__ = ("_base", "_recent")

    def __init__(self, base: Mapping[str, V], recent: Mapping[str, V] | None = None) -> None:
        """``base`` and ``recent`` are whoever's who promises not to change them; ``recent`` goes before ``base``."""
        self._base = base
        self._recent = recent or {}

    def with_value(self, key: str, value: V) -> Layered[V]:
        """The same with another value. Of ``n`` values it copies about their root, and now and then all."""
        recent = {**self._recent, key: value}
        if len(recent) > _FEWEST and len(recent) ** 2 > len(self._base):
            return Layered({**self._base, **recent})
        return Layered(self._base, recent)

    def __getitem__(self, key: str) -> V:
        return self._recent[key] if key in self._recent else self._base[key]

    def __iter__(self) -> Iterator[str]:
        yield from self._base
        yield from (key for key in self._recent if key not in self._base)

    def __len__(self) -> int:
        return len(self._base) + sum(key not in self._base for key in self._recent)

    def __repr__(self) -> str:
        return repr(dict(self))
