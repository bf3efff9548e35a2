"""Where an image lies in the run's registry."""

from __future__ import annotations

import re

from sluice.source.image_references import ImageReference


def repository_of(image: ImageReference) -> str:
    """The registry's name is the first part, without what no repository may hold: ``ghcr.io/o/n``."""
    return f"{re.sub(r'[^a-z0-9.]+', '-', image.registry.lower()).strip('-')}/{image.repository}"


def stand_in_for(address: str, image: ImageReference) -> str:
    """``ghcr.io/o/n:t`` is pushed to ``127.0.0.1:PORT/ghcr.io/o/n:t`` instead."""
    return f"{address}/{repository_of(image)}:{image.tag or 'latest'}"
