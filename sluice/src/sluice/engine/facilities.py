"""What a run is given: what it must do (``RunPlan``) and what it may use (``Facilities``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import anyio
from msgspec import Struct, field

from sluice.engine.containers.ports import PortClaims
from sluice.engine.jobs.session import JobTools
from sluice.events.model import AnyEvent
from sluice.expressions.values import Dictionary, Value
from sluice.plan.graph.building import Selection
from sluice.plan.graph.model import Graph
from sluice.plan.graph.origin import CalledWorkflow
from sluice.plan.rules.concurrency import Claim
from sluice.plan.rules.results import End
from sluice.runners.container.on_demand import EngineOnDemand
from sluice.runners.job_folders import JobFolders
from sluice.runners.protocol import Runner
from sluice.store.runs.logs import LogWriter
from sluice.workflow.model import Workflow

if TYPE_CHECKING:
    from sluice.services.protocol import ServiceProvider


class Protection(Struct, frozen=True, kw_only=True):
    """What guards an environment; ``wait_timer`` in minutes. ``refused`` is why a run of this ref may not enter."""

    refused: str = ""
    reviewers: tuple[str, ...] = ()
    wait_timer: float = 0
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    """Secrets that only its jobs see, and those of other environments that name them, too."""


class Verdict(Struct, frozen=True, kw_only=True):
    """A reviewer's word; ``approved`` is ``None`` when nobody could be asked."""

    approved: bool | None
    reviewer: str = ""
    comment: str = ""


class Reviewer(Protocol):
    """Asks for an environment's approval."""

    async def ask(self, environment: str, reviewers: Sequence[str], job: str) -> Verdict:
        """The verdict of one of ``reviewers``."""
        ...


class Gate(Protocol):
    """Concurrency groups (semantics 17), across the runs of this machine."""

    async def enter(self, claim: Claim, *, waiting: Callable[[str], None], cancel: Callable[[str], None]) -> bool:
        """Wait for the group; ``False`` when it can't be had. ``waiting`` is told who holds it; ``cancel`` is told why
        it can't be had, or why the holder is to go.
        """
        ...

    def leave(self, owner: str) -> None:
        """Give back whatever ``owner`` holds or waits for."""
        ...


class RunPlan(Struct, frozen=True, kw_only=True):
    """A run that may start.

    ``contexts`` holds github, job, inputs, vars and secrets; ``called`` finds the workflow that a job of a given
    workflow file calls by ``uses``; ``kept`` are ends from an earlier attempt, by node or job run; ``check_run`` gives
    the number of a job run.
    """

    run: str
    workflow: Workflow
    graph: Graph
    contexts: Mapping[str, Value]
    called: Callable[[str, str], CalledWorkflow]
    check_run: Callable[[str], int]
    strict: bool = False
    selection: Selection | None = None
    kept: Mapping[str, End] = field(default_factory=dict)


class Facilities(Struct, kw_only=True):
    """What the app lends to a run: ``slots`` for jobs, ``endings`` for those that leave something to end."""

    runners: Sequence[Runner]
    emit: Callable[[AnyEvent], None]
    flush: Callable[[], object]
    tools: Callable[[], JobTools]
    open_log: Callable[[str], LogWriter]
    folder: Path
    job_folders: JobFolders
    tool_cache: Path
    action_cache: Path
    masked: Sequence[str]
    slots: anyio.CapacityLimiter
    endings: anyio.CapacityLimiter
    protections: Mapping[str, Protection]
    reviewer: Reviewer
    gate: Gate
    runner_facts: Dictionary
    port_claims: PortClaims
    service_providers: Callable[[], Sequence[ServiceProvider]]
    container_engine: EngineOnDemand
    visible: tuple[Path, ...] = ()
    keep_workspaces: bool = False
