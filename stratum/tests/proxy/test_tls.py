"""TLS on either side, and pools that are given by name."""

import shutil
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from certificates import Certificate, certificate
from counts import Counts
from memory_ledger import MemoryLedger
from proxies import configuration, until
from scripted_miner import ScriptedMiner
from scripted_pool import ScriptedPool

from loka_stratum.configuration.values import Endpoint
from loka_stratum.errors import UnavailableError
from loka_stratum.measures import Measures
from loka_stratum.proxy.proxy import Proxy
from loka_stratum.simulate.pool import Pool, PoolSettings

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl for a certificate"),
]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("tls"))


@asynccontextmanager
async def before(place: Endpoint, *, server: dict[str, Any] | None = None, **pool: object) -> AsyncIterator[Proxy]:
    """A proxy before one pool at this place."""
    usual = configuration([ScriptedPool()], server=server or {}, pool=pool)
    (only,) = usual.pools
    proxy = Proxy(replace(usual, pools=(replace(only, address=place),)), MemoryLedger(), Measures(Counts().registry))
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.close()


@asynccontextmanager
async def tls_pool(files: Certificate) -> AsyncIterator[int]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files.chain, files.key)
    pool = Pool(PoolSettings(tls=context))
    port = await pool.start()
    try:
        yield port
    finally:
        await pool.stop()


async def subscribed(port: int, tls: ssl.SSLContext | None = None) -> bool:
    miner = await ScriptedMiner.connect(port, tls)
    try:
        return (await miner.ask(1, "mining.subscribe", "test/1.0"))["error"] is None
    finally:
        miner.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_pool_that_speaks_tls_is_worked_for(files: Certificate, host: str) -> None:
    async with (
        tls_pool(files) as port,
        before(Endpoint(host, port), tls=True, tls_authority=str(files.chain)) as proxy,
    ):
        assert await subscribed(proxy.places[0].port)
        await until(lambda: proxy.house.pools.any_answers)


async def test_a_pool_whose_certificate_nobody_vouches_for_is_not_unless_that_is_asked_for(files: Certificate) -> None:
    async with tls_pool(files) as port:
        async with before(Endpoint("127.0.0.1", port), tls=True) as proxy:
            (pool,) = proxy.house.pools.all
            await until(lambda: pool.answers is False)
            assert "certificate verify failed" in str(pool.error)
        async with before(Endpoint("127.0.0.1", port), tls=True, tls_verify=False) as proxy:
            assert await subscribed(proxy.places[0].port)


async def test_a_pool_that_is_given_by_name_is_worked_for() -> None:
    pool = ScriptedPool()
    await pool.start()
    async with before(Endpoint("localhost", pool.port)) as proxy:
        assert await subscribed(proxy.places[0].port)
    await pool.stop()


async def test_a_name_that_nobody_knows_is_said_to_be_so() -> None:
    async with before(Endpoint("no-such-pool.invalid", 3333)) as proxy:
        (pool,) = proxy.house.pools.all
        await until(lambda: pool.answers is False)
        assert pool.error


async def test_miners_may_connect_with_tls(files: Certificate) -> None:
    pool = ScriptedPool()
    await pool.start()
    server = {
        "tls_bind": Endpoint("127.0.0.1", 0),
        "tls_certificate": str(files.chain),
        "tls_key": str(files.key),
    }
    trusting = ssl.create_default_context(cafile=files.chain)
    async with before(Endpoint("127.0.0.1", pool.port), server=server) as proxy:
        plain, secure = (place.port for place in proxy.places)
        assert await subscribed(plain)
        assert await subscribed(secure, trusting)
        with pytest.raises(ssl.SSLCertVerificationError):
            await ScriptedMiner.connect(secure, ssl.create_default_context())
        miner = await ScriptedMiner.connect(secure)
        miner.send(1, "mining.subscribe", "test/1.0")
        assert await miner.ended()
        assert not miner.seen
        miner.close()
    await pool.stop()


async def test_a_certificate_that_is_none_is_said_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").touch()
    server = dict.fromkeys(("tls_certificate", "tls_key"), str(tmp_path / "empty.pem"))
    with pytest.raises(UnavailableError, match=r"empty.pem can't be used for TLS"):
        async with before(Endpoint("127.0.0.1", 9), server={**server, "tls_bind": Endpoint("127.0.0.1", 0)}):
            pass
