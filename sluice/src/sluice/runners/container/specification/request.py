"""A container as a workflow asks for it, every expression evaluated. Knows nothing of what it is for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Who pulls the image. The password never appears in a representation."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerRequest:
    """An entry of ``services:``, or ``container:``; ``ports``, ``volumes`` and ``options`` are in docker's notation.

    ``name`` is what the user calls it: a service's name, ``job`` for a job's container.
    """

    name: str
    image: str
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    ports: Sequence[str] = ()
    volumes: Sequence[str] = ()
    options: str = ""
    credentials: Credentials | None = None
    entrypoint: str | None = None
    command: str | None = None
