"""The log of deployments: what is appended is there, in order, for ever."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from deployments import requested

from sluice.delivery.deployment.events import Finished, Prepared
from sluice.source.errors import StoreError
from sluice.store.ledgers.deployments import DeploymentLog


def test_events_are_read_as_they_were_appended(tmp_path: Path) -> None:
    moments = iter(range(10))
    log = DeploymentLog(tmp_path / "log", clock=lambda: float(next(moments)))
    assert log.read("r") == []
    number = log.begin("r", "staging", requested("a"))
    log.append("r", "staging", number, Prepared(detail="built"))
    assert log.begin("r", "production", requested("a")) == 1
    assert log.begin("r", "staging", requested("b")) == 2
    log.append("r", "staging", 1, Finished())
    found = [(one.environment, one.number, one.time, one.event) for one in log.read("r", "staging")]
    assert found == [
        ("staging", 1, 0, requested("a")),
        ("staging", 1, 1, Prepared(detail="built")),
        ("staging", 2, 3, requested("b")),
        ("staging", 1, 4, Finished()),
    ]
    assert len(log.read("r")) == 5
    assert log.read("another") == []


def test_numbers_are_given_once(tmp_path: Path) -> None:
    log = DeploymentLog(tmp_path / "log")
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda _: log.begin("r", "staging", requested("a")), range(16)))
    assert sorted(numbers) == list(range(1, 17))


@pytest.mark.parametrize("change", ["DELETE FROM events", "UPDATE events SET number = 3"])
def test_the_past_stays(tmp_path: Path, change: str) -> None:
    DeploymentLog(tmp_path / "log").begin("r", "staging", requested("a"))
    with closing(sqlite3.connect(tmp_path / "log")) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute(change)


def test_what_is_no_log_is_told(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("no database, by any means", encoding="utf-8")
    with pytest.raises(StoreError):
        DeploymentLog(tmp_path / "log").read("r")


def test_a_log_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    DeploymentLog(tmp_path / "log").begin("r", "staging", requested("a"))
    with closing(sqlite3.connect(tmp_path / "log")) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="newer Sluice"):
        DeploymentLog(tmp_path / "log").read("r")
