"""bit-byte-block, an existing Stratum proxy, as its own command runs it, but on a free port, which it says.

    python benches/existing_proxy.py HOST:PORT      the pool's address

It runs in a Python of its own, which needs nothing else; benches/proxy.py starts it.
"""

from __future__ import annotations

import asyncio
import resource
import sys
from typing import Any

from bit_byte_block.config import ProxyConfig
from bit_byte_block.proxy import StratumProxyServer


async def main(pool: str) -> None:
    """Serve until killed."""
    host, _, port = pool.rpartition(":")
    proxy = StratumProxyServer(
        ProxyConfig(bind_host="127.0.0.1", bind_port=0, upstream_host=host, upstream_port=int(port), backup_host=None),
        _listen,
    )
    await proxy.start()
    await proxy.serve_forever()


async def _listen(*arguments: Any) -> asyncio.Server:  # noqa: ANN401 - passed on
    """As it listens itself, with room for as many miners at once as the others have."""
    server = await asyncio.start_server(*arguments, backlog=1024)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    return server


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    asyncio.run(main(sys.argv[1]))
