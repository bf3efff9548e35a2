"""For tests whose proxy is a process of its own: ports, waiting for it, and what it has stored."""

import asyncio
import socket

import asyncpg


def free_port() -> int:
    """A port that nobody listened at a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def listening(port: int) -> None:
    """Wait until somebody takes connections there."""
    async with asyncio.timeout(20):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.transport.abort()
                return


def settings_of(*, port: int, web: int, pool: int, database: str, journal: object) -> dict[str, str]:
    """The environment of a proxy that stores shares. The ports are of 127.0.0.1."""
    return {
        "DATABASE_URL": database,
        "LOKA_DATABASE__JOURNAL": str(journal),
        "LOKA_SERVER__BIND": f"127.0.0.1:{port}",
        "LOKA_WEB__BIND": f"127.0.0.1:{web}",
        "LOKA_POOLS__0__NAME": "main",
        "LOKA_POOLS__0__ADDRESS": f"127.0.0.1:{pool}",
        "LOKA_POOLS__0__USERNAME": "ACCOUNT",
    }


async def valid_rows(url: str) -> int:
    """How many accepted shares the database holds."""
    connection = await asyncpg.connect(url)
    try:
        count: int = await connection.fetchval("SELECT count(*) FROM submissions WHERE valid")
    finally:
        await connection.close()
    return count
