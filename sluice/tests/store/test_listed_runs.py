"""The row of a run says at every moment what the fold of its events says, in GitHub's words."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest
from run_stream import Stream

from sluice.events.fold import fold
from sluice.events.model import (
    JobCompleted,
    JobsPlanned,
    JobStarted,
    JobWaiting,
    PlannedJob,
    RunCompleted,
    RunInterrupted,
    RunStarted,
    RunWaiting,
)
from sluice.events.model import ReviewGiven as Given
from sluice.events.model import ReviewRequested as Asked
from sluice.events.state import RunState
from sluice.source.errors import UsageError
from sluice.store.runs.protocol import RunRow
from sluice.store.runs.sqlite import SqliteStore
from sluice.views.run.headline import run_state
from sluice.views.run.listing import row_state

JOBS = (PlannedJob(key="test", id="test", name="Test"), PlannedJob(key="ship", id="ship", name="Ship"))


def ended(job: str, result: str, *, unavailable: bool = False) -> JobCompleted:
    return JobCompleted(job=job, outcome=result, conclusion=result, unavailable=unavailable)  # type: ignore[arg-type]  # a result


def started(job: str) -> JobStarted:
    return JobStarted(job=job, runner="host", labels=(), isolation=(), environment=None, steps=())


def stream() -> Stream:
    return Stream().queue(JOBS).single("test").single("ship").add(RunStarted())


def told(store: SqliteStore, events: Stream, keep: int | None = None) -> list[tuple[str, str]]:
    """The standing in the list and in the fold after each event; later ones are written by a second process's store."""
    run, _ = store.new_run(".github/workflows/ci-cd.yml", "/home/ada/stratum")
    with SqliteStore(store.root) as other:
        state: RunState | None = None
        standings: list[tuple[str, str]] = []
        for number, record in enumerate(events.records):
            writer = (store if keep is None or number < keep else other).writer(run)
            writer.append(record.event)
            anyio.run(writer.flush)
            state = fold(state, store.read(run)[-1])
            row = store.find_run(run)
            assert facts(row) == facts(state)
            standings.append((row_state(row), run_state(state)))
    return standings


def facts(one: RunRow | RunState) -> tuple[object, ...]:
    return one.status, one.conclusion, one.completed, one.unavailable


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    return SqliteStore(tmp_path)


@pytest.mark.parametrize(
    ("conclusion", "events", "standing"),
    [
        ("success", [ended("test", "skipped"), ended("ship", "skipped")], "skipped"),
        ("success", [ended("test", "skipped", unavailable=True), ended("ship", "skipped")], "skipped"),
        ("success", [ended("test", "success"), ended("ship", "skipped")], "success"),
        ("success", [ended("test", "success"), ended("ship", "skipped", unavailable=True)], "partly"),
        ("failure", [ended("test", "failure"), ended("ship", "skipped", unavailable=True)], "failure"),
        ("cancelled", [ended("test", "skipped"), ended("ship", "cancelled")], "cancelled"),
    ],
)
def test_the_list_and_the_run_itself_end_with_one_word(
    store: SqliteStore, conclusion: str, events: list[JobCompleted], standing: str
) -> None:
    ends = stream().at(3).add(*events).at(4).add(RunCompleted(conclusion=conclusion))  # type: ignore[arg-type]  # a result
    assert told(store, ends)[-1] == (standing, standing)


def test_a_run_whose_called_jobs_were_all_skipped_is_skipped(store: SqliteStore) -> None:
    called = JobsPlanned(parent="test", jobs=(PlannedJob(key="test/a", id="a", name="A"),))
    ends = stream().add(called, ended("test/a", "skipped"), ended("test", "success"), ended("ship", "skipped"))
    assert told(store, ends.add(RunCompleted(conclusion="success")))[-1] == ("skipped", "skipped")


def test_a_run_waits_while_a_job_of_it_waits_for_a_review_or_a_timer(store: SqliteStore) -> None:
    events = (
        stream()
        .at(1)
        .add(started("test"), Asked(job="ship", environment="production", reviewers=("ada",)))
        .add(Given(job="ship", environment="production", approved=True, reviewer="ada"))
        .add(JobWaiting(job="ship", reason="timer"), JobWaiting(job="ship", reason="slots"), started("ship"))
    )
    words = [word for word, _ in told(store, events)][-6:]
    assert words == ["running", "waiting", "running", "waiting", "running", "running"]


def test_a_run_that_waits_for_its_group_is_pending_in_github_s_words(store: SqliteStore) -> None:
    assert told(store, Stream().queue(JOBS).add(RunWaiting(reason="group ci")))[-1] == ("waiting", "waiting")
    assert store.find_run("latest").status == "pending"


def test_what_ended_a_dead_engine_s_run_later_has_the_time_of_its_last_event(store: SqliteStore) -> None:
    events = stream().at(5).add(ended("test", "skipped", unavailable=True)).at(900).add(RunInterrupted(reason="died"))
    assert told(store, events, keep=len(events.records) - 1)[-1] == ("interrupted", "interrupted")


@pytest.mark.parametrize("name", ["9" * 5000, "9" * 18, "²", "#²", "%"])
def test_a_name_that_no_run_has_is_told(tmp_path: Path, name: str) -> None:
    with SqliteStore(tmp_path) as store:
        store.new_run("ci.yml", "/home/ada")
        with pytest.raises(UsageError, match="run"):
            store.find_run(name)
