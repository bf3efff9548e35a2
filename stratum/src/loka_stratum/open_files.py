"""How many files this process may have open: a miner costs two, its own connection and the one to its pool."""

from __future__ import annotations

import logging
import resource

log = logging.getLogger(__name__)
FILES_PER_MINER = 2
_FILES_BESIDES = 64
"""Listeners, the journal, the database, the web page, what the interpreter has."""


def raise_limit() -> int:
    """Take as many as the system allows without asking anybody; how many that is."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def room_for(connections: int) -> bool:
    """Take what is needed for so many miners; whether it is enough. The log says so where it is not."""
    most = raise_limit()
    if most == resource.RLIM_INFINITY or most >= connections * FILES_PER_MINER + _FILES_BESIDES:
        return True
    log.warning(
        "%d open files are allowed, which is enough for some %d miners and not for limits.connections = %d",
        most,
        max(0, most - _FILES_BESIDES) // FILES_PER_MINER,
        connections,
    )
    return False
