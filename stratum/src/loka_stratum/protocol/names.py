"""A miner's worker name in, the name that the pool is told out: ``user.worker`` becomes ``POOLUSER.user_worker``."""

from __future__ import annotations

from dataclasses import dataclass

NAME_LIMIT = 128


class NameRefusedError(ValueError):
    """The name can't be used; the message says why."""


@dataclass(frozen=True, slots=True)
class WorkerName:
    """What a miner authorized as: the user before the first dot, and the worker after it, which may be empty."""

    user: str
    worker: str

    def at_pool(self, username: str, user_separator: str, worker_separator: str) -> str:
        """The name at a pool. A user separator within the miner's own part becomes a worker separator, since pools
        split at it.

        >>> WorkerName("farm", "rig.7").at_pool("ACCOUNT", ".", "_")
        'ACCOUNT.farm_rig_7'
        >>> WorkerName("farm", "").at_pool("ACCOUNT", ".", "_")
        'ACCOUNT.farm'
        """
        own = f"{self.user}{worker_separator}{self.worker}" if self.worker else self.user
        if user_separator:
            own = own.replace(user_separator, worker_separator)
        return f"{username}{user_separator}{own}" if username else own


def read_name(text: str) -> WorkerName:
    """The worker name in ``text``. Raises ``NameRefusedError``.

    >>> read_name("farm.rig7")
    WorkerName(user='farm', worker='rig7')
    """
    if len(text) > NAME_LIMIT:
        raise NameRefusedError(f"a worker name has at most {NAME_LIMIT} characters")
    if not text.isprintable() or " " in text:
        raise NameRefusedError("a worker name has no spaces or control characters")
    user, _, worker = text.partition(".")
    if not user:
        raise NameRefusedError("a worker name is user.worker; the user is missing")
    return WorkerName(user, worker)
