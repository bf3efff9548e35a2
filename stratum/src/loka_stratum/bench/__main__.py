"""One role of the measurement, as a process of its own: ``python -m loka_stratum.bench ROLE ...``. Its port is its
first line.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from loka_metrics import Registry
from loka_stratum.app import run_loop, running, tune_collector
from loka_stratum.bench.miners import mine
from loka_stratum.bench.pool import AcceptingPool
from loka_stratum.bench.relay import Relay
from loka_stratum.configuration import Configuration
from loka_stratum.configuration.settings import Database, Limits, Pool, Server, Web
from loka_stratum.configuration.values import Endpoint, Secret
from loka_stratum.open_files import raise_limit
from loka_stratum.protocol.replies import encode

_ANYWHERE = Endpoint("127.0.0.1", 0)
_MANY = 1_000_000


async def _pool() -> None:
    server = await asyncio.get_running_loop().create_server(AcceptingPool, "127.0.0.1", 0, backlog=1024)
    await _serve(server.sockets[0].getsockname()[1])


async def _relay(pool: str) -> None:
    place = Endpoint.parse(pool)
    server = await asyncio.get_running_loop().create_server(lambda: Relay(place), "127.0.0.1", 0, backlog=1024)
    await _serve(server.sockets[0].getsockname()[1])


async def _proxy(pool: str, database: str = "", journal: str = "shares") -> None:
    configuration = Configuration(
        server=Server(bind=_ANYWHERE),
        web=Web(bind=_ANYWHERE),
        database=Database(url=Secret(database), journal=str(Path(journal))),
        pools=(Pool(name="bench", address=Endpoint.parse(pool), username="BENCH"),),
        limits=Limits(connections=_MANY, connections_per_address=_MANY, messages_per_second=_MANY, message_burst=_MANY),
    )
    tune_collector()
    async with running(configuration, stored=bool(database), registry=Registry()) as proxy:
        await _serve(proxy.proxy.places[0].port)


async def _miners(place: str, count: str, seconds: str, pause: str) -> None:
    result = await mine(Endpoint.parse(place), int(count), float(seconds), float(pause), lambda: _say("ready"))
    _say(encode(result).decode())


async def _serve(port: int) -> None:
    _say(str(port))
    await asyncio.Event().wait()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


_ROLES: dict[str, Callable[..., Coroutine[Any, Any, None]]] = {
    "pool": _pool,
    "relay": _relay,
    "proxy": _proxy,
    "miners": _miners,
}

if __name__ == "__main__":
    raise_limit()
    role, *arguments = sys.argv[1:]
    run_loop(_ROLES[role](*arguments))
