"""Wiring: a configuration in, a running proxy with its store and its web pages, until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from loka_metrics import Registry
from loka_stratum.configuration import Configuration
from loka_stratum.errors import ConfigurationError, UnavailableError
from loka_stratum.logs import secrets_of, set_up
from loka_stratum.measures import Measures
from loka_stratum.open_files import room_for
from loka_stratum.proxy.proxy import Proxy
from loka_stratum.shares import Answer, Share, ShareLedger
from loka_stratum.web.pages import Pages
from loka_stratum.web.server import WebServer
from loka_stratum.web.status import StorageStatus

if TYPE_CHECKING:
    from loka_stratum.storage.settings import StorageSettings
    from loka_stratum.storage.store import ShareStore

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Running:
    """A proxy that runs."""

    proxy: Proxy
    web: WebServer


class NoStore:
    """A ledger that keeps nothing, for who asks for that."""

    def submitted(self, share: Share) -> None:
        """Let it pass."""

    def answered(self, answer: Answer) -> None:
        """Let it pass."""


class StoreForPages:
    """The store as the web pages ask for it."""

    def __init__(self, store: ShareStore) -> None:
        self._store = store

    async def ping(self, seconds: float) -> bool:
        """Whether the database answers within so many seconds."""
        return await self._store.ping(seconds)

    def status(self) -> StorageStatus:
        """How the store stands."""
        state = self._store.state()
        return StorageStatus(
            accepting=state.accepting,
            stored=state.stored,
            waiting=state.waiting,
            journal_bytes=state.journal_bytes,
            journal_limit_bytes=state.most_bytes,
            away=state.away,
        )


def run(configuration: Configuration, *, stored: bool = True) -> None:
    """Run a proxy until SIGTERM or SIGINT, then drain it. Raises ``StratumError`` if it can't be started."""
    set_up(configuration.log, _secrets(configuration))
    room_for(configuration.limits.connections)
    tune_collector()
    run_loop(_until_stopped(configuration, stored=stored))


@asynccontextmanager
async def running(configuration: Configuration, *, stored: bool, registry: Registry) -> AsyncIterator[Running]:
    """A proxy with all that belongs to it. At the end of the block it is drained."""
    async with _ledger(configuration, stored=stored) as (ledger, storage):
        proxy = Proxy(configuration, ledger, Measures(registry))
        web = WebServer(Pages(proxy.house, storage).by_path)
        try:
            await web.start(configuration.web.bind)
            await proxy.start()
            yield Running(proxy, web)
            await proxy.drain()
        finally:
            await proxy.close()
            await web.close()


@asynccontextmanager
async def _ledger(
    configuration: Configuration, *, stored: bool
) -> AsyncIterator[tuple[ShareLedger, StoreForPages | None]]:
    if not stored:
        log.warning("shares are counted and not stored, as asked")
        yield NoStore(), None
        return
    from loka_stratum.storage.errors import StorageError  # noqa: PLC0415 (asyncpg is slow to import, and not needed above)
    from loka_stratum.storage.store import open_store  # noqa: PLC0415

    try:
        async with open_store(_storage_settings(configuration)) as store:
            yield store.ledger, StoreForPages(store)
    except StorageError as error:
        raise UnavailableError(str(error)) from None


def _storage_settings(configuration: Configuration) -> StorageSettings:
    from loka_model.address import AddressError, DatabaseAddress  # noqa: PLC0415
    from loka_stratum.storage.settings import PoolDefinition, StorageSettings  # noqa: PLC0415

    if not configuration.database.url:
        raise UnavailableError(
            "no database is given",
            hint="set DATABASE_URL or database.url, or start with --without-database: shares are then only counted",
        )
    try:
        address = DatabaseAddress.parse(configuration.database.url.reveal(), source="database.url")
    except AddressError as error:
        raise ConfigurationError([str(error)]) from None
    pools = tuple(
        PoolDefinition(
            name=pool.name,
            host=pool.address.host,
            port=pool.address.port,
            username=pool.username,
            password=pool.password.reveal(),
            user_separator=pool.user_separator,
            worker_separator=pool.worker_separator,
            priority=pool.priority,
        )
        for pool in configuration.pools
    )
    return StorageSettings(
        folder=Path(configuration.database.journal),
        most_bytes=configuration.database.journal_limit,
        dsn=address.dsn,
        pools=pools,
    )


async def _until_stopped(configuration: Configuration, *, stored: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(configuration, stored=stored, registry=Registry()):
        await stop.wait()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
        log.info("draining, for at most %g s; another signal ends it at once", configuration.server.drain_timeout)
    log.info("stopped")


def _secrets(configuration: Configuration) -> list[str]:
    """Every text that must not be logged; the database's password also on its own."""
    found = secrets_of(configuration)
    url = configuration.database.url.reveal()
    if "@" in url:
        password = url.rpartition("@")[0].partition("://")[2].partition(":")[2]
        found += [password, unquote(password)]
    return found


def run_loop(work: Coroutine[Any, Any, None]) -> None:
    """Run on uvloop where it is."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(work)


def tune_collector() -> None:
    """Look for garbage in circles rarely: connections leave some, shares none, and looking costs a tenth of a share."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        from uvloop import new_event_loop  # noqa: PLC0415 (optional, and slow to import)
    except ImportError:
        return asyncio.new_event_loop
    return new_event_loop
