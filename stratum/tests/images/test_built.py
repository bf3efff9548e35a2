"""Images that were built: do they work as they are run, without rights, without a writable root, in bounded memory?

``make docker-test`` names them in LOKA_IMAGES (proxies) and LOKA_MIGRATION_IMAGE; the containers use this machine's
network.
"""

import asyncio
import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from processes import free_port, valid_rows
from servers import temporary_server

from loka_stratum.simulate.miners import Crowd, MinersSettings

IMAGES = os.environ.get("LOKA_IMAGES", "").split()
MIGRATION = os.environ.get("LOKA_MIGRATION_IMAGE", "")
CONFINED = ("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--memory=512m", "--network=host")
pytestmark = [pytest.mark.needs_docker, pytest.mark.slow]
needs_images = pytest.mark.skipif(not IMAGES, reason="LOKA_IMAGES names no image that was built")
needs_migration = pytest.mark.skipif(not MIGRATION, reason="LOKA_MIGRATION_IMAGE names no image that was built")
every_image = pytest.mark.parametrize("image", IMAGES or ["-"])


def docker(*arguments: str, fails: bool = False) -> "subprocess.CompletedProcess[str]":
    result = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=120, check=False)
    assert fails or result.returncode == 0, result.stderr
    return result


@contextmanager
def container(image: str, *command: str, **environment: str) -> Iterator[str]:
    variables = [f"--env={name}={text}" for name, text in environment.items()]
    name = docker("run", "--detach", *CONFINED, *variables, image, *command).stdout.strip()
    try:
        yield name
    finally:
        docker("rm", "--force", "--volumes", name)


def until_healthy(name: str, web: int) -> None:
    """Ask with the image's own command, which waits for nothing."""
    end = time.monotonic() + 60
    while docker("exec", name, "loka-stratum", "health", "--url", f"http://127.0.0.1:{web}", fails=True).returncode:
        assert time.monotonic() < end, docker("logs", name).stderr


def inspected(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(docker("inspect", name).stdout)[0]
    return found


@needs_images
@every_image
def test_miners_work_through_it_it_is_healthy_and_it_stops_when_it_is_told(image: str) -> None:
    pool, port, web = free_port(), free_port(), free_port()
    settings = {
        "LOKA_SERVER__BIND": f"127.0.0.1:{port}",
        "LOKA_WEB__BIND": f"127.0.0.1:{web}",
        "LOKA_POOLS__0__NAME": "main",
        "LOKA_POOLS__0__ADDRESS": f"127.0.0.1:{pool}",
        "LOKA_FAILOVER__RETRY_SHORTEST": "0.1",
    }
    with (
        container(image, "simulate", "pool", "--listen", f"127.0.0.1:{pool}"),
        container(image, "start", "--without-database", **settings) as proxy,
    ):
        until_healthy(proxy, web)
        crowd = Crowd(MinersSettings(port=port, count=20, rate=5, duration=3))
        asyncio.run(crowd.run())
        assert crowd.tally.accepted > 100
        assert not crowd.tally.rejected
        with urllib.request.urlopen(f"http://127.0.0.1:{web}/metrics/prometheus", timeout=5) as page:
            text = page.read().decode()
        assert f'stratum_share_submissions_total{{result="accepted"}} {crowd.tally.accepted}\n' in text
        docker("stop", "--time=20", proxy)
        assert inspected(proxy)["State"]["ExitCode"] == 0


@needs_images
@every_image
def test_its_own_health_check_finds_it_healthy(image: str) -> None:
    with (
        container(image, "simulate", "pool", "--listen", "127.0.0.1:3334"),
        container(
            image, "start", "--without-database", LOKA_POOLS__0__NAME="main", LOKA_POOLS__0__ADDRESS="127.0.0.1:3334"
        ) as proxy,
    ):
        end = time.monotonic() + 60
        while (state := inspected(proxy)["State"])["Health"]["Status"] != "healthy":
            assert state["Running"], docker("logs", proxy).stderr
            assert time.monotonic() < end, state["Health"]
            time.sleep(0.2)  # the engine tells nobody


@needs_images
@needs_migration
@pytest.mark.needs_postgresql
@every_image
def test_what_its_miners_were_told_is_accepted_is_what_a_migrated_database_holds(image: str) -> None:
    pool, port, web = free_port(), free_port(), free_port()
    with temporary_server() as server:
        url = server.create_database()
        docker("run", "--rm", *CONFINED, f"--env=DATABASE_URL={url}", MIGRATION, "up")
        settings = {
            "DATABASE_URL": url,
            "LOKA_SERVER__BIND": f"127.0.0.1:{port}",
            "LOKA_WEB__BIND": f"127.0.0.1:{web}",
            "LOKA_POOLS__0__NAME": "main",
            "LOKA_POOLS__0__ADDRESS": f"127.0.0.1:{pool}",
        }
        with (
            container(image, "simulate", "pool", "--listen", f"127.0.0.1:{pool}"),
            container(image, "start", **settings) as proxy,
        ):
            until_healthy(proxy, web)
            crowd = Crowd(MinersSettings(port=port, count=20, rate=5, duration=3))
            asyncio.run(crowd.run())
            docker("stop", "--time=20", proxy)
        assert crowd.tally.accepted > 100
        assert asyncio.run(valid_rows(url)) == crowd.tally.accepted


@needs_images
@every_image
def test_it_runs_as_nobody_in_particular_and_a_wrong_command_exits_2(image: str) -> None:
    assert inspected(image)["Config"]["User"] == "10001:10001"
    assert docker("run", "--rm", *CONFINED, image, "nonsense", fails=True).returncode == 2
    assert docker("run", "--rm", *CONFINED, image, "start", fails=True).returncode == 2


@needs_migration
def test_the_migrations_say_what_they_need() -> None:
    assert inspected(MIGRATION)["Config"]["User"] == "10001:10001"
    result = docker("run", "--rm", *CONFINED, MIGRATION, fails=True)
    assert (result.returncode, "DATABASE_URL is not set" in result.stderr) == (2, True)
