"""End to end, all of it real processes on loopback: a share travels from a miner through the proxy to the pool, into
the database and into a metric; when the pool dies an alert reaches someone, and clears when it is back.

`make e2e` runs it and fails where a program is missing; elsewhere it is skipped and says so.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import asyncpg
import pytest
from processes import settings_of
from prometheus_at_hand import ALERTMANAGER, PROMETHEUS, alertmanager, free_port, get, inbox, told, wait_for
from servers import GIVEN, Server, temporary_server
from watching import FOLDER, prometheus

from loka_stratum.simulate.record import read_record

MINERS = 200
REQUIRED = bool(os.environ.get("LOKA_E2E"))
"""What is missing here is a failure then, not a reason to skip."""
pytestmark = [pytest.mark.slow, pytest.mark.needs_postgresql]


@pytest.fixture
def database_url() -> Iterator[str]:
    """A migrated database, by the command that a release runs."""
    with ExitStack() as stack:
        server = Server(GIVEN) if GIVEN else stack.enter_context(temporary_server())
        url = server.create_database()
        command = [sys.executable, "-m", "loka_migration", "up"]
        subprocess.run(command, env=os.environ | {"DATABASE_URL": url}, check=True, timeout=60)
        yield url
        server.drop_database(url)


@contextmanager
def running(*arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "loka_stratum", *arguments]
    process = subprocess.Popen(
        command, env={"PATH": os.environ["PATH"], **environment}, stdout=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def pool(port: int, record: Path) -> AbstractContextManager[subprocess.Popen[str]]:
    return running("simulate", "pool", "--listen", f"127.0.0.1:{port}", "--record", str(record))


def healthy(web: int) -> bool:
    try:
        return get(f"http://127.0.0.1:{web}/health")["status"] == "healthy"  # type: ignore[no-any-return]  # JSON
    except HTTPError as error:
        return error.code != 503


def stored(url: str) -> list[tuple[str, str, str]]:
    """Miner, worker and job of every share that was accepted."""

    async def rows() -> list[tuple[str, str, str]]:
        connection = await asyncpg.connect(url)
        found = await connection.fetch(
            "SELECT m.username, w.name, s.job FROM submissions s JOIN workers w ON w.id = s.worker_id "
            "JOIN miners m ON m.id = w.miner_id WHERE s.valid"
        )
        await connection.close()
        return [tuple(row) for row in found]

    return asyncio.run(rows())


@pytest.fixture(autouse=True)
def programs() -> None:
    missing = [name for name, path in (("prometheus", PROMETHEUS), ("alertmanager", ALERTMANAGER)) if path is None]
    if missing:
        say = pytest.fail if REQUIRED else pytest.skip
        say(f"needs {' and '.join(missing)} (Debian's packages prometheus and prometheus-alertmanager)")


def test_a_share_travels_and_an_alert_fires_and_clears(
    database_url: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    pool_port, port, web = free_port(), free_port(), free_port()
    record, watch, tell = tmp_path / "accepted.jsonl", tmp_path / "prometheus", tmp_path / "alertmanager"
    watch.mkdir()
    tell.mkdir()
    settings = settings_of(port=port, web=web, pool=pool_port, database=database_url, journal=tmp_path / "journal")
    with ExitStack() as stack:
        first_pool = stack.enter_context(pool(pool_port, record))
        proxy = stack.enter_context(running("start", **settings))
        assert wait_for(lambda: healthy(web))
        crowd = ("--count", str(MINERS), "--rate", "0.2", "--users", "20")
        miners = stack.enter_context(running("simulate", "miners", "--connect", f"127.0.0.1:{port}", *crowd))
        manager = stack.enter_context(alertmanager(tell, FOLDER / "alertmanager.yml", stack.enter_context(inbox())))
        prometheus_ = stack.enter_context(prometheus(watch, web, manager))

        def figure(query: str) -> float:
            found = prometheus_.ask(query)
            return float(found[0]["value"][1]) if found else 0.0

        # From miner to pool, database and metric.
        assert wait_for(lambda: figure("stratum_active_connections") == MINERS)
        assert wait_for(lambda: len(stored(database_url)) >= MINERS)
        assert wait_for(lambda: figure('stratum_share_submissions_total{result="accepted"}') >= MINERS)
        assert {each["metric"]["job"] for each in prometheus_.ask("up == 1")} == {
            "loka-stratum",
            "prometheus",
            "alertmanager",
        }
        taken = {(each.name, each.job) for each in read_record(record)}
        ours = {(f"ACCOUNT.{miner}_{worker}", job) for miner, worker, job in stored(database_url)}
        assert ours <= taken | {(each.name, each.job) for each in read_record(record)}

        # The pool dies: unhealthy, and someone is told.
        first_pool.kill()
        first_pool.wait()
        fired = told("NoPoolAnswers")
        assert (fired["receiver"], fired["commonLabels"]["severity"]) == ("urgent", "critical")
        assert not healthy(web)

        # It is back: the alert clears, and shares flow.
        before = len(stored(database_url))
        again = tmp_path / "again.jsonl"
        stack.enter_context(pool(pool_port, again))
        assert wait_for(lambda: healthy(web))
        assert told("NoPoolAnswers", "resolved")["status"] == "resolved"
        assert wait_for(lambda: len(stored(database_url)) > before + 10)

        miners.send_signal(signal.SIGTERM)
        seen: dict[str, Any] = json.loads(miners.communicate(timeout=30)[0])
        proxy.send_signal(signal.SIGTERM)
        assert proxy.wait(30) == 0
    kept, accepted = len(stored(database_url)), len([*read_record(record), *read_record(again)])
    assert seen["accepted"] <= kept <= accepted
    record_property(
        "checked", f"{kept} shares of {MINERS} miners in pool, database and metric; an alert there and gone"
    )
