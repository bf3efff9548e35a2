"""What stands at a path of the stand-in. Plain data."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from sluice.github_api.calls import Call, Reply

if TYPE_CHECKING:
    from sluice.rehearsal.github.state import Repository

Answer = Callable[["Repository", Call], Reply]


class Route(Struct, frozen=True, kw_only=True):
    """What stands at a path.

    ``path`` has ``{name}`` for one part and ``{name...}`` for the rest. A change has a ``kind``, the ``scope`` that a
    job's token needs for it, and a ``target`` within the repository, with names of the path, of the body, and of what
    the answer told.
    """

    method: str
    path: str
    answer: Answer
    kind: str = ""
    scope: str = ""
    target: str = ""
