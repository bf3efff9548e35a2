"""What the tables beside the events say about a record. In: the records of one run in order. Out: SQL statements.

The list of runs, the durations of what succeeded, and how cache look-ups went are read far more often than written,
so they are kept ready instead of being folded from the events each time.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec.structs import replace

from sluice.events.fold import fold
from sluice.events.model import (
    CacheRestored,
    JobCompleted,
    JobExpanded,
    JobsPlanned,
    JobStarted,
    JobWaiting,
    Record,
    ReviewGiven,
    ReviewRequested,
    RunCompleted,
    RunInterrupted,
    RunQueued,
    RunStarted,
    RunWaiting,
    StepCompleted,
    StepStarted,
)
from sluice.events.state import RunState

Statement: TypeAlias = tuple[str, tuple[object, ...]]
_TELLING = (
    RunQueued
    | RunStarted
    | RunWaiting
    | RunCompleted
    | RunInterrupted
    | JobsPlanned
    | JobExpanded
    | JobWaiting
    | ReviewRequested
    | ReviewGiven
    | JobStarted
    | JobCompleted
)

_STANDING = "UPDATE runs SET status = ?, conclusion = ?, completed = ?, unavailable = unavailable OR ? WHERE run = ?"
_DURATION = "INSERT INTO durations (run, job, step, seconds) VALUES (?, ?, ?, ?)"
_LOOKUP = "INSERT INTO cache_lookups (run, job, key, found) VALUES (?, ?, ?, ?)"
_QUEUE = """INSERT INTO runs (run, number, attempt, workflow_file, workflow_name, run_name, "trigger", ref, sha, root,
    created, engine_pid, engine_started) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (run) DO UPDATE SET number = excluded.number, attempt = excluded.attempt,
    workflow_file = excluded.workflow_file, workflow_name = excluded.workflow_name, run_name = excluded.run_name,
    "trigger" = excluded."trigger", ref = excluded.ref, sha = excluded.sha, root = excluded.root,
    created = excluded.created, engine_pid = excluded.engine_pid, engine_started = excluded.engine_started"""


def job_label(key: str, name: str) -> str:
    """What a job is called from run to run: its name, below the key of the job that called its workflow."""
    caller, _, _ = key.rpartition("/")
    return f"{caller}/{name}" if caller else name


class Projection:
    """Follows one run. It remembers what runs now, so that an end becomes a duration, and how the run's jobs stand.

    ``state`` is the run after the records that are kept already; ``None`` for one that has none.
    """

    def __init__(self, state: RunState | None = None) -> None:
        self._state = state
        self._labels: dict[str, str] = {}
        self._started: dict[tuple[str, str], tuple[str, float]] = {}

    def statements(self, record: Record) -> list[Statement]:
        """What to carry out together with keeping this record."""
        return [*self._own(record), *self._standing(record)]

    def _own(self, record: Record) -> list[Statement]:
        match record.event:
            case RunQueued() as event:
                return [_queue(record, event)]
            case CacheRestored() as event:
                return [(_LOOKUP, (record.run, self._label(event.job), event.key, _found(event)))]
            case JobExpanded() as event:
                self._labels |= {run.key: job_label(run.key, run.name) for run in event.runs}
            case JobStarted() as event:
                self._started[event.job, ""] = ("", record.time)
            case StepStarted() as event if event.parent is None:
                self._started[event.job, event.step] = (event.name, record.time)
            case StepCompleted() as event:
                return self._ended(record, event.job, event.step, event.conclusion)
            case JobCompleted() as event:
                return self._ended(record, event.job, "", event.conclusion)
            case _:
                pass
        return []

    def _standing(self, record: Record) -> list[Statement]:
        """The run's row as the fold has it; of the events only those are folded that can change it."""
        before = self._state or RunState(run=record.run)
        if not isinstance(record.event, _TELLING):
            self._state = replace(before, seq=record.seq, time=record.time)
            return []
        self._state = fold(before, record)
        if _row(before) == _row(self._state):
            return []
        return [(_STANDING, (*_row(self._state), record.run))]

    def _ended(self, record: Record, job: str, step: str, conclusion: str) -> list[Statement]:
        began = self._started.pop((job, step), None)
        if began is None or conclusion != "success":
            return []
        return [(_DURATION, (record.run, self._label(job), began[0], record.time - began[1]))]

    def _label(self, job: str) -> str:
        return self._labels.get(job, job)


def _queue(record: Record, event: RunQueued) -> Statement:
    return _QUEUE, (
        record.run,
        event.number,
        event.attempt,
        event.workflow_file,
        event.workflow_name,
        event.run_name,
        event.trigger,
        event.ref,
        event.sha,
        event.root,
        record.time,
        event.engine_pid,
        event.engine_started,
    )


def _row(state: RunState) -> tuple[object, ...]:
    return state.status, state.conclusion, state.completed, state.unavailable


def _found(event: CacheRestored) -> str:
    if event.matched is None:
        return "miss"
    return "exact" if event.matched == event.key else "partial"
