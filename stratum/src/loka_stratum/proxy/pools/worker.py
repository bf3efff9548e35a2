"""A name that a miner authorized, and what its pool is told instead."""

from __future__ import annotations

from loka_stratum.configuration.settings import Pool
from loka_stratum.protocol.names import WorkerName
from loka_stratum.proxy.house.accounts import Account


class Worker:
    """A name that the miner authorized."""

    __slots__ = ("_name", "_pool", "accepted", "account", "name", "text")

    def __init__(self, text: str, name: WorkerName, account: Account) -> None:
        self.text = text
        """As the miner wrote it."""
        self.name = name
        self.account = account
        self.accepted: bool | None = None
        """What the pool said; None until it did."""
        self._pool: Pool | None = None
        """Who was told a name last, and which."""
        self._name = ""

    def at_pool(self, pool: Pool) -> str:
        """The name that a pool is told; the miner's own for a pool without a user."""
        if pool is not self._pool:
            mapped = self.name.at_pool(pool.username, pool.user_separator, pool.worker_separator)
            self._pool, self._name = pool, mapped if pool.username else self.text
        return self._name
