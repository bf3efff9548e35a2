"""A blue-green switch under load: miners at the environment's port while ``sluice deploy`` brings another version.

Every share that the pool accepts is in PostgreSQL, once, and its miner has its answer.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from processes import free_port, valid_rows
from servers import temporary_server
from simulations import LastingPool, crowd, more

from loka_migration.moving import up
from loka_model.address import DatabaseAddress
from loka_stratum.simulate.faults import Faults

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.needs_postgresql]

SETTINGS = '''\
[environment.staging]
secrets = ["DATABASE_URL"]
watch = 0.5

[environment.staging.variables]
LOKA_POOLS__0__NAME = "main"
LOKA_POOLS__0__ADDRESS = "127.0.0.1:{pool}"
{variable}

[environment.staging.process]
start = """env LOKA_DATABASE__JOURNAL="$STATE_DIRECTORY/$SLOT" {python} -m loka_stratum start \\
  --bind 127.0.0.1:$PORT_MINERS --web-bind 127.0.0.1:$PORT_WEB"""
ports = {{ miners = {miners}, web = {web} }}
{process}

[environment.staging.health]
url = "http://127.0.0.1:$PORT_WEB/ready"
interval = 0.1
'''


async def test_a_switch_under_load_loses_no_accepted_share(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with temporary_server() as server:
        await up(DatabaseAddress.parse(server.url))
        pool = LastingPool(Faults(slow=0.05))
        await pool.start()
        place = Place(tmp_path, pool.port, server.url)
        try:
            await place.deploy("v1")
            async with crowd(place.miners, count=20, rate=10) as miners:
                await more(lambda: miners.tally.accepted, 100)
                for version in ("v2", "v3"):
                    await place.deploy(version)
                    await more(lambda: miners.tally.accepted, 100)
            assert miners.tally.connections >= 3 * 20, "each miner met each version"
        finally:
            await place.sluice("stop", "staging")
            await pool.die()
        stored = await valid_rows(server.url)
    assert stored == pool.accepted == miners.tally.accepted > 300
    record_property("checked", f"two switches under load: {stored} shares accepted by the pool, {stored} stored")


@pytest.mark.parametrize(
    ("process", "variable", "seen"),
    [
        ("", "", "127.0.0.1"),
        ('proxy-header = ["miners"]', 'LOKA_SERVER__PROXY_HEADER_FROM = "127.0.0.1/32"', "127.0.0.9"),
    ],
)
async def test_behind_the_switch_a_miner_has_its_own_address_where_it_is_announced(
    tmp_path: Path, process: str, variable: str, seen: str
) -> None:
    with temporary_server() as server:
        await up(DatabaseAddress.parse(server.url))
        pool = LastingPool()
        await pool.start()
        place = Place(tmp_path, pool.port, server.url, process=process, variable=variable)
        try:
            await place.deploy("v1")
            reader, writer = await asyncio.open_connection("127.0.0.1", place.miners, local_addr=("127.0.0.9", 0))
            writer.write(b'{"id":1,"method":"mining.subscribe","params":[]}\n')
            async with asyncio.timeout(20):
                assert b'"id":1' in await reader.readline()
            assert [miner["address"] for miner in (await place.status())["miners"]] == [seen]
            writer.close()
        finally:
            await place.sluice("stop", "staging")
            await pool.die()


class Place:
    """A repository with versions of nothing but a name, deployed to two ports of this machine."""

    def __init__(self, folder: Path, pool: int, database: str, *, process: str = "", variable: str = "") -> None:
        self._root, self._home, self._database = folder / "project", folder / "home", database
        self.miners, self._web = free_port(), free_port()
        self._root.mkdir()
        ports = {"pool": pool, "miners": self.miners, "web": self._web}
        text = SETTINGS.format(**ports, python=sys.executable, process=process, variable=variable)
        (self._root / "sluice.toml").write_text(text, encoding="utf-8")
        subprocess.run(["git", "init", "--quiet"], cwd=self._root, check=True)

    async def deploy(self, version: str) -> None:
        await asyncio.to_thread(self._commit, version)
        await self.sluice("staging", version)

    async def status(self) -> dict[str, Any]:
        """The live version's, through the switch."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._web)
        writer.write(b"GET /status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        _, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        status: dict[str, Any] = json.loads(body)
        return status

    async def sluice(self, *words: str) -> None:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "sluice", "deploy", *words),
            cwd=self._root,
            env={"PATH": os.environ["PATH"], "SLUICE_HOME": str(self._home), "DATABASE_URL": self._database},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        assert process.returncode == 0, output.decode()

    def _commit(self, version: str) -> None:
        (self._root / "version").write_text(version, encoding="utf-8")
        name = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
        for words in (["add", "--all"], [*name, "commit", "--quiet", "--message", version], ["tag", version]):
            subprocess.run(["git", *words], cwd=self._root, check=True)
