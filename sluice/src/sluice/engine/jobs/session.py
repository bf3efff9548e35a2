"""The state of one running job: what its steps share and change. Only the engine's step code writes it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import anyio.abc
from msgspec import Struct, field

from sluice.actions.protocol import ArtifactStore, CacheStore, ResolvedAction
from sluice.actions.results.job import JobServices, Records
from sluice.engine.interruption import Interruption
from sluice.engine.jobs.status import Status
from sluice.engine.output.context import JobOutput
from sluice.engine.processes.command_files import CommandFileSupply
from sluice.engine.steps.outcome import Ended
from sluice.events.model import AnyEvent
from sluice.expressions.conversion import to_text
from sluice.expressions.values import Dictionary, Value
from sluice.masking.masker import Masker
from sluice.rehearsal.github.stand_in import GitHubStandIn, Visitor
from sluice.rehearsal.stand_ins import StandIns
from sluice.rehearsal.uploads.programs import Programs
from sluice.runners.protocol import Workspace
from sluice.store.runs.logs import LogWriter
from sluice.workflow.model import NormalJob, RunDefaults

if TYPE_CHECKING:
    from sluice.engine.deploying import Deployer
    from sluice.runners.container.engine import Engine
    from sluice.runners.container.network import JobNetwork


class ActionResolver(Protocol):
    """Finds an action; ``actions.resolve.Resolver`` is the real one."""

    async def resolve(self, uses: str, workspace_repository: Path | None = None) -> ResolvedAction:
        """The action that a ``uses`` names; raises ``UnavailableError`` with what was tried."""
        ...


PostStep = Callable[[], Awaitable[None]]


class JobTools(Struct, kw_only=True):
    """What the engine lends to a job.

    ``find_node`` gives the program for ``nodeN``, or raises ``UnavailableError``. ``services`` makes what JavaScript
    actions may ask, for a job's key and home. ``github`` starts what stands in for GitHub, ``deployer`` who deploys for
    jobs that publish.
    """

    resolver: ActionResolver
    find_node: Callable[[int], Awaitable[Path]]
    artifacts: ArtifactStore
    earlier_artifacts: Callable[[int], ArtifactStore | None]
    caches: Callable[[Path, Path], CacheStore]
    source_repository: Path
    summaries: Path
    services: Callable[[str, Path, Records], JobServices]
    container_engine: Callable[[], Engine]
    stand_ins: StandIns
    github: Callable[[Path], Awaitable[GitHubStandIn]] | None = None
    deployer: Callable[[], Awaitable[Deployer]] | None = None
    debug: bool = False
    publish: bool = False


class Frame(Struct, kw_only=True):
    """Where a step stands: the job itself, or a composite action (``nested``) with inputs and steps of its own.

    ``environment`` is what the composite's step handed down, ``prefix`` comes before its steps' keys, ``action`` is the
    id of the job's step to which they belong.
    """

    steps: Dictionary = field(default_factory=Dictionary)
    status: Status = Status.SUCCESS
    nested: bool = False
    prefix: str = ""
    inputs: Dictionary | None = None
    github: Mapping[str, Value] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    parent: str | None = None
    interruption: Interruption | None = None
    action: str | None = None
    depth: int = 0


class BackgroundStep(Struct, kw_only=True):
    """A step that runs beside the others until somebody waits for it."""

    id: str
    done: anyio.Event
    interruption: Interruption
    ended: Ended | None = None
    published: bool = False


class Rehearsal(Struct, kw_only=True):
    """A job's visit to the stand-in for GitHub; ``outer`` is its address for this process, when asked for. ``programs``
    stand before those that publish packages, where the job runs on the machine.
    """

    stand_in: GitHubStandIn
    visitor: Visitor
    outer: str | None = None
    programs: Programs | None = None


class Variables(Struct, kw_only=True):
    """What the environment of every step is made of: the evaluated ``env`` of workflow and job, what steps wrote to
    GITHUB_ENV (``exported``) and GITHUB_PATH (``paths``), and variables of Sluice's own (``facts``).
    """

    env: dict[str, str] = field(default_factory=dict)
    exported: dict[str, str] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)


class JobSession(Struct, kw_only=True):
    """One job run while it runs.

    ``interruption`` is the job's cancellation, which steps answer by their ``if``; ``final`` ends whatever still runs
    when the time of grace is over. ``contexts`` holds github, vars, job, runner, secrets, strategy, matrix, needs and
    inputs. ``missing`` is what the machine lacks for this job, once a step has found out.
    ``network`` is that of its containers, ``images`` those of its container actions, ``runner`` the name of its runner.
    ``permissions`` is what its token may, by scope, where the workflow says.
    """

    key: str
    job: NormalJob
    emit: Callable[[AnyEvent], None]
    workspace: Workspace
    command_files: CommandFileSupply
    tools: JobTools
    output: JobOutput
    log: LogWriter
    interruption: Interruption
    final: Interruption
    contexts: dict[str, Value]
    defaults: RunDefaults
    variables: Variables = field(default_factory=Variables)
    status: Status = Status.SUCCESS
    missing: str | None = None
    steps: Dictionary = field(default_factory=Dictionary)
    outputs: dict[str, str] = field(default_factory=dict)
    environment_url: str | None = None
    posts: list[PostStep] = field(default_factory=list)
    resolved: dict[str, ResolvedAction] = field(default_factory=dict)
    states: dict[str, dict[str, str]] = field(default_factory=dict)
    background: dict[str, BackgroundStep] = field(default_factory=dict)
    runner: str = ""
    background_group: anyio.abc.TaskGroup | None = None
    services: JobServices | None = None
    network: JobNetwork | None = None
    images: dict[str, str] = field(default_factory=dict)
    rehearsal: Rehearsal | None = None
    permissions: Mapping[str, str] | None = None
    debug: bool = False

    def switch_on_debug(self) -> None:
        """Show debug lines from here on, and tell the steps (``runner.debug``, ``RUNNER_DEBUG``)."""
        self.debug = True
        runner = self.contexts["runner"]
        if isinstance(runner, Dictionary):
            runner["debug"] = "1"

    @property
    def masker(self) -> Masker:
        """The secrets of the job, which nothing shows."""
        return self.output.masker

    @property
    def contained(self) -> bool:
        """Whether the job has a container of its own."""
        return self.runner == "container"

    @property
    def standing(self) -> Status:
        """The job's status as its steps see it: a cancellation shows at once."""
        return Status.CANCELLED if self.interruption.requested else self.status

    def context_text(self, context: str, name: str) -> str:
        """A plain entry of a context as text."""
        found = self.contexts.get(context)
        return to_text(found.get(name)) if isinstance(found, Dictionary) else ""
