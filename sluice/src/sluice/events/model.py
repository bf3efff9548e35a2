"""The facts of a run. The engine's only output is a stream of these; every view is a fold over them.

``job`` is a job run's key (``test.2``), ``step`` a step's key within the job (``3``, ``3.1`` inside a composite,
``pre-2``, ``post-2``). Results are GitHub's: ``success``, ``failure``, ``cancelled``, ``skipped``. Texts are masked
before they get here. Times are seconds since the epoch, kept in the ``Record`` around the event.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

Result: TypeAlias = Literal["success", "failure", "cancelled", "skipped"]
VERSION = 1


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", omit_defaults=True):
    """Base of all events."""


class PlannedJob(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A node of the graph before it opens; ``uses`` names a called workflow."""

    key: str
    id: str
    name: str
    needs: tuple[str, ...] = ()
    uses: str | None = None


class ExpandedJob(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One job run of a node; ``matrix`` as plain JSON data."""

    key: str
    name: str
    matrix: dict[str, object] = {}


class PlannedStep(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A main step that is known before the job's first step starts."""

    key: str
    id: str
    name: str


class Given(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a run was given besides its inputs, as far as it may be kept: of secrets the names in capitals; of variables
    (by name in capitals) and of what the event was told of (by the option that tells it) SHA-256 in hex; of actions,
    by ``owner/name``, the folder and the SHA-256 of what is in it.
    """

    secrets: tuple[str, ...] = ()
    variables: dict[str, str] = {}
    event: dict[str, str] = {}
    actions: dict[str, str] = {}


class RunQueued(Event, frozen=True, kw_only=True):
    """A run exists. ``engine_pid`` with ``engine_started`` (clock ticks since boot) names the process that runs it;
    ``published`` is whether its effects may leave the machine; ``given`` is ``None`` where an older Sluice didn't tell.
    ``run_id`` is ``github.run_id``, the same for every attempt; 0 where an older Sluice didn't tell.
    """

    workflow_file: str
    workflow_name: str
    run_name: str
    number: int
    attempt: int
    trigger: str
    ref: str
    sha: str
    base_sha: str
    dirty: bool
    repository: str
    actor: str
    root: str
    inputs: dict[str, object]
    jobs: tuple[PlannedJob, ...]
    engine_pid: int
    engine_started: float
    command: tuple[str, ...] = ()
    rerun_of: str | None = None
    selected: tuple[str, ...] = ()
    published: bool = False
    given: Given | None = None
    run_id: int = 0


class RunStarted(Event, frozen=True, kw_only=True):
    """The first job may start: concurrency of the workflow is granted."""


class RunWaiting(Event, frozen=True, kw_only=True):
    """The run waits for its concurrency group."""

    reason: str


class JobsPlanned(Event, frozen=True, kw_only=True):
    """A called workflow opened below the job run ``parent``."""

    parent: str
    jobs: tuple[PlannedJob, ...]


class JobExpanded(Event, frozen=True, kw_only=True):
    """A node became its job runs."""

    node: str
    runs: tuple[ExpandedJob, ...]


class TracedValue(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of an expression and what it was worth, as JSON text; ``unused``: another part had decided before it."""

    source: str
    value: str
    unused: bool = False


class ConditionEvaluated(Event, frozen=True, kw_only=True):
    """An ``if`` was decided; ``job`` is a node's key when the job is not expanded yet."""

    job: str
    step: str | None = None
    expression: str
    result: bool
    values: tuple[TracedValue, ...] = ()


class JobWaiting(Event, frozen=True, kw_only=True):
    """A job run is ready and held back: ``concurrency``, ``max-parallel``, ``ports``, ``slots``, ``review``,
    ``timer``.
    """

    job: str
    reason: str
    detail: str = ""


class ReviewRequested(Event, frozen=True, kw_only=True):
    """An environment wants a reviewer's word."""

    job: str
    environment: str
    reviewers: tuple[str, ...]


class ReviewGiven(Event, frozen=True, kw_only=True):
    """A reviewer approved or refused."""

    job: str
    environment: str
    approved: bool
    reviewer: str
    comment: str = ""


class JobStarted(Event, frozen=True, kw_only=True):
    """A job run has a workspace; ``isolation`` says what sets it apart: ``network``, ``processes``, ``temp``."""

    job: str
    runner: str
    labels: tuple[str, ...]
    isolation: tuple[str, ...]
    steps: tuple[PlannedStep, ...]
    environment: str | None = None


class StepStarted(Event, frozen=True, kw_only=True):
    """A step runs; ``parent`` is the composite's step."""

    job: str
    step: str
    id: str
    name: str
    phase: Literal["setup", "pre", "main", "post", "complete"]
    parent: str | None = None
    background: bool = False


class LogAppended(Event, frozen=True, kw_only=True):
    """Bytes ``offset`` to ``offset + length`` of the job's log file belong to this step."""

    job: str
    step: str
    offset: int
    length: int
    lines: int


class StepCompleted(Event, frozen=True, kw_only=True):
    """A step ended, or was skipped. ``outcome`` is before ``continue-on-error``, ``conclusion`` after."""

    job: str
    step: str
    outcome: Result
    conclusion: Result
    exit_code: int | None = None
    reason: str = ""
    outputs: dict[str, str] = {}


class AnnotationCreated(Event, frozen=True, kw_only=True):
    """An error, warning or notice with an optional place in a file."""

    job: str
    step: str | None = None
    level: Literal["error", "warning", "notice"]
    message: str
    title: str | None = None
    file: str | None = None
    line: int | None = None
    end_line: int | None = None
    column: int | None = None
    end_column: int | None = None


class SummaryWritten(Event, frozen=True, kw_only=True):
    """A step's summary, GitHub Markdown, kept at ``path`` relative to the run's folder."""

    job: str
    step: str
    path: str
    size: int


class ArtifactUploaded(Event, frozen=True, kw_only=True):
    """An artifact was kept; ``digest`` is SHA-256 in hex of its archive."""

    job: str
    name: str
    size: int
    files: int
    digest: str


class ArtifactDownloaded(Event, frozen=True, kw_only=True):
    """An artifact was unpacked in a job."""

    job: str
    name: str


class CacheRestored(Event, frozen=True, kw_only=True):
    """A cache was asked for; ``matched`` is the key found, ``None`` for a miss."""

    job: str
    key: str
    matched: str | None
    size: int = 0


class CacheSaved(Event, frozen=True, kw_only=True):
    """A cache entry was written."""

    job: str
    key: str
    size: int


class ActionResolved(Event, frozen=True, kw_only=True):
    """Which commit, folder or built-in an action's reference stands for."""

    job: str
    reference: str
    source: str
    commit: str | None = None


class EffectRecorded(Event, frozen=True, kw_only=True):
    """Something that would leave the machine; ``rehearsed`` unless ``--publish`` let it go. ``job`` is ``None`` for
    what the run itself does, such as telling somebody of its end.
    """

    job: str | None
    kind: str
    target: str
    request: str
    rehearsed: bool


class CancelRequested(Event, frozen=True, kw_only=True):
    """Somebody or something asked to stop; ``job`` is ``None`` for the whole run."""

    reason: str
    job: str | None = None


class JobCompleted(Event, frozen=True, kw_only=True):
    """A job run ended or was skipped; ``conclusion`` is after the job's ``continue-on-error``.

    ``job`` is a node's key when it was decided before the job expanded. ``unavailable`` says that it could not run on
    this machine, so that nothing was checked; ``absent`` that a leg of it was asked for which its matrix doesn't have.
    """

    job: str
    outcome: Result
    conclusion: Result
    reason: str = ""
    outputs: dict[str, str] = {}
    environment_url: str | None = None
    unavailable: bool = False
    absent: bool = False


class RunCompleted(Event, frozen=True, kw_only=True):
    """The run is over."""

    conclusion: Result
    reason: str = ""


class RunInterrupted(Event, frozen=True, kw_only=True):
    """Found by a later command: the engine of this run died."""

    reason: str


AnyEvent: TypeAlias = (
    RunQueued
    | RunStarted
    | RunWaiting
    | JobsPlanned
    | JobExpanded
    | ConditionEvaluated
    | JobWaiting
    | ReviewRequested
    | ReviewGiven
    | JobStarted
    | StepStarted
    | LogAppended
    | StepCompleted
    | AnnotationCreated
    | SummaryWritten
    | ArtifactUploaded
    | ArtifactDownloaded
    | CacheRestored
    | CacheSaved
    | ActionResolved
    | EffectRecorded
    | CancelRequested
    | JobCompleted
    | RunCompleted
    | RunInterrupted
)


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """An event in its stream: ``seq`` counts from 1 within the run, ``time`` is seconds since the epoch.

    ``version`` is always written, so that a later version can't take an old record for its own.
    """

    run: str
    seq: int
    time: float
    event: AnyEvent
    version: int = VERSION
