"""What there is to be shown: an environment as it stands, and the difference that a deployment would make."""

from __future__ import annotations

from msgspec import Struct

from sluice.delivery.deployment.events import Release
from sluice.delivery.deployment.state import Deployment
from sluice.targets.protocol import Standing


class Status(Struct, frozen=True, kw_only=True):
    """One environment now. ``health`` is ``healthy``, ``unhealthy``, ``down``, ``empty``, ``unknown``; ``ill`` why.
    ``unnamed`` is why no settings name it, empty where they do.
    """

    environment: str
    kind: str
    live: Deployment | None
    under_way: Deployment | None
    last: Deployment | None
    health: str
    ill: str
    url: str
    standing: Standing
    unnamed: str = ""


class Difference(Struct, frozen=True, kw_only=True):
    """What a deployment of ``there`` would bring over ``here``: commits, lines of the changelog, changed settings, and
    what of the working tree's settings would not count (``unlike``).
    """

    here: Release | None
    there: Release
    commits: tuple[str, ...]
    dropped: tuple[str, ...]
    changelog: tuple[str, ...]
    configuration: tuple[str, ...]
    unlike: str = ""
