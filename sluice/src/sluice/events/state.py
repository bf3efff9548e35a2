"""What a run looks like after its events so far. Every view draws from this and from nothing else.

Values are never changed: ``fold`` makes new ones that share what stayed the same, so a view may keep any state as
long as it likes. Nobody but ``fold`` makes them. Times are seconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

import msgspec

from sluice.events.log_ranges import LogRanges
from sluice.events.model import (
    ActionResolved,
    AnnotationCreated,
    ArtifactDownloaded,
    ArtifactUploaded,
    CacheRestored,
    CacheSaved,
    CancelRequested,
    ConditionEvaluated,
    EffectRecorded,
    Result,
    RunQueued,
    SummaryWritten,
)

RunStatus: TypeAlias = Literal["queued", "pending", "waiting", "in_progress", "completed"]
Status: TypeAlias = Literal["pending", "waiting", "in_progress", "completed"]
Phase: TypeAlias = Literal["setup", "pre", "main", "post", "complete"]
RunConclusion: TypeAlias = Result | Literal["interrupted"]
PHASES: tuple[Phase, ...] = ("setup", "pre", "main", "post", "complete")


class StepState(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a job run. ``parent`` and ``children`` are keys of the composite around it and the steps in it."""

    key: str
    id: str = ""
    name: str = ""
    phase: Phase = "main"
    parent: str | None = None
    children: tuple[str, ...] = ()
    background: bool = False
    status: Status = "pending"
    started: float | None = None
    completed: float | None = None
    outcome: Result | None = None
    conclusion: Result | None = None
    exit_code: int | None = None
    reason: str = ""
    outputs: dict[str, str] = {}
    log: LogRanges = msgspec.field(default_factory=LogRanges)
    conditions: tuple[ConditionEvaluated, ...] = ()


class ReviewState(msgspec.Struct, frozen=True, kw_only=True):
    """A question to an environment's reviewers; ``approved`` is ``None`` until one of them answers."""

    job: str
    environment: str
    reviewers: tuple[str, ...] = ()
    requested: float | None = None
    answered: float | None = None
    approved: bool | None = None
    reviewer: str | None = None
    comment: str = ""


class JobState(msgspec.Struct, frozen=True, kw_only=True):
    """A job run, or the one that stands for a node until it expands (same key as the node).

    ``waiting_for`` is the reason of ``JobWaiting`` while the status is ``waiting``; ``nodes`` are the keys of the
    nodes that a called workflow opened below this run. ``steps`` is in order of appearance: ``top_steps`` sorts.
    """

    key: str
    node: str
    name: str
    matrix: dict[str, object] = {}
    status: Status = "pending"
    waiting_for: str | None = None
    waiting_detail: str = ""
    waiting_since: float | None = None
    started: float | None = None
    completed: float | None = None
    runner: str | None = None
    labels: tuple[str, ...] = ()
    isolation: tuple[str, ...] = ()
    environment: str | None = None
    environment_url: str | None = None
    unavailable: bool = False
    absent: bool = False
    steps: Mapping[str, StepState] = {}
    nodes: tuple[str, ...] = ()
    outcome: Result | None = None
    conclusion: Result | None = None
    reason: str = ""
    outputs: dict[str, str] = {}
    conditions: tuple[ConditionEvaluated, ...] = ()
    reviews: tuple[ReviewState, ...] = ()
    annotations: tuple[AnnotationCreated, ...] = ()
    summaries: tuple[SummaryWritten, ...] = ()
    artifacts: tuple[ArtifactUploaded, ...] = ()
    downloads: tuple[ArtifactDownloaded, ...] = ()
    caches: tuple[CacheRestored | CacheSaved, ...] = ()
    actions: tuple[ActionResolved, ...] = ()
    effects: tuple[EffectRecorded, ...] = ()

    def top_steps(self) -> list[StepState]:
        """The steps that are in no composite: set-up, pre, main, post, completion."""
        return sorted(
            (step for step in self.steps.values() if step.parent is None), key=lambda step: PHASES.index(step.phase)
        )

    def child_steps(self, step: str) -> list[StepState]:
        """The steps of a composite in order of appearance."""
        return [self.steps[key] for key in self.steps[step].children]

    def running_steps(self) -> list[StepState]:
        """The steps in progress, composites before what they hold."""
        return [step for step in self.steps.values() if step.status == "in_progress"]


class NodeState(msgspec.Struct, frozen=True, kw_only=True):
    """A node of the graph. ``parent`` is the job run whose called workflow it belongs to, ``runs`` its job runs.

    Until it expands, its one run is the ``JobState`` with the node's own key. Its ``outcome`` and ``conclusion`` stand
    once every run has its own: the worst of them, and never success while one could not run here.
    """

    key: str
    id: str
    name: str
    needs: tuple[str, ...] = ()
    uses: str | None = None
    parent: str | None = None
    runs: tuple[str, ...] = ()
    conditions: tuple[ConditionEvaluated, ...] = ()
    outcome: Result | None = None
    conclusion: Result | None = None


class RunState(msgspec.Struct, frozen=True, kw_only=True):
    """A whole run after the record ``seq``, which was written at ``time``.

    ``facts`` is ``None`` only for a run whose first event never reached the store. ``status`` and ``conclusion`` are
    what ``events.standing`` makes of the run's own events and its jobs; ``waiting_for`` is the group it waits for.
    """

    run: str
    seq: int = 0
    time: float = 0.0
    facts: RunQueued | None = None
    status: RunStatus = "queued"
    waiting_for: str | None = None
    created: float | None = None
    started: float | None = None
    completed: float | None = None
    nodes: dict[str, NodeState] = {}
    jobs: dict[str, JobState] = {}
    cancels: tuple[CancelRequested, ...] = ()
    conclusion: RunConclusion | None = None
    reason: str = ""
    own_effects: tuple[EffectRecorded, ...] = ()

    @property
    def unavailable(self) -> bool:
        """Whether a part of it could not run on this machine."""
        return any(job.unavailable for job in self.jobs.values())

    @property
    def repeatable(self) -> bool:
        """Whether what did not pass may do so when the run is done again: a leg that its matrix lacks never does."""
        ended = [job for job in self.jobs.values() if job.outcome in {"failure", "cancelled"}]
        return self.facts is not None and (not ended or not all(job.absent for job in ended))

    @property
    def interrupted(self) -> bool:
        """Whether the engine of this run died."""
        return self.conclusion == "interrupted"

    def nodes_below(self, job: str | None = None) -> list[NodeState]:
        """The nodes of the workflow that a job run calls; those of the run's own workflow without one."""
        keys = self.jobs[job].nodes if job is not None else (key for key, node in self.nodes.items() if not node.parent)
        return [self.nodes[key] for key in keys]

    def runs_of(self, node: str) -> list[JobState]:
        """The job runs of a node, in the order of its matrix."""
        return [self.jobs[key] for key in self.nodes[node].runs]

    def ordered_jobs(self, below: str | None = None) -> Iterator[tuple[int, JobState]]:
        """Every job run with its depth, callers before what they call: the order of a drawn tree."""
        for node in self.nodes_below(below):
            for job in self.runs_of(node.key):
                yield job.key.count("/"), job
                yield from self.ordered_jobs(job.key)

    def conditions_of(self, job: str, step: str | None = None) -> tuple[ConditionEvaluated, ...]:
        """Every ``if`` that was decided about a job run (its node's too) or about one of its steps."""
        found = self.jobs.get(job)
        if step is not None:
            return found.steps[step].conditions if found and step in found.steps else ()
        node = self.nodes.get(found.node if found else job)
        return (node.conditions if node else ()) + (found.conditions if found else ())

    def annotations(self) -> Iterator[AnnotationCreated]:
        """The annotations of every job."""
        return (found for job in self.jobs.values() for found in job.annotations)

    def effects(self) -> Iterator[EffectRecorded]:
        """What left the machine, or would have: of the jobs, then of the run itself."""
        yield from (found for job in self.jobs.values() for found in job.effects)
        yield from self.own_effects

    def reviews(self) -> Iterator[ReviewState]:
        """Every question to reviewers, answered or not."""
        return (found for job in self.jobs.values() for found in job.reviews)
