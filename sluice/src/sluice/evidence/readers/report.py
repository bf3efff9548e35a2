"""What a reader is given, and how it makes itself known to ``recognition``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from msgspec import Struct

from sluice.evidence.entries import Item

Body = TypeVar("Body")


class Report(Struct, Generic[Body], frozen=True, kw_only=True):
    """A report's decoded body, and the path or label that it was given under."""

    body: Body
    source: str


@dataclass(frozen=True, kw_only=True)  # no slots: typing notes the type argument on an instance
class Format(Generic[Body]):
    """A tool's format: ``fits`` tells it by its content, ``read`` yields what stands in it.

    ``read`` raises ``ReportError`` where nothing more can be read; what it yielded before stays. Where it yields
    nothing, nothing was measured: a problem, unless the tool is silent when all is well.
    """

    tool: str
    fits: Callable[[Body], bool]
    read: Callable[[Report[Body]], Iterator[Item]]
    silent_is_clean: bool = False


JsonFormat = Format[object]
TextFormat = Format[str]


def has_keys(value: object, *keys: str) -> bool:
    """Whether it is an object with all these keys."""
    return isinstance(value, dict) and all(key in value for key in keys)


def is_list_of(value: object, *keys: str) -> bool:
    """Whether it is a list with an object among its first entries that has all these keys."""
    return isinstance(value, list) and any(has_keys(entry, *keys) for entry in value[:100])
