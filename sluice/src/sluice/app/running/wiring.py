"""Which parts a run gets: runners, resolver, stores, limits."""

from __future__ import annotations

import functools
import os
import platform
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from sluice.actions.builtin.registry import BUILTINS
from sluice.actions.fetching import FetchedRepository
from sluice.actions.resolve import Resolver
from sluice.app.running.earlier_runs import EarlierRuns
from sluice.app.running.rehearsing import start_github
from sluice.app.running.reviewing import Mailbox, TerminalReviewer
from sluice.app.runs.presentation import Presentation, log_path
from sluice.engine.containers.ports import PortClaims
from sluice.engine.facilities import Facilities, Gate, Protection
from sluice.engine.jobs.session import JobTools
from sluice.events.model import LogAppended, RunQueued
from sluice.expressions.values import Dictionary
from sluice.repository.git import borrowed_folders
from sluice.repository.snapshot import extract
from sluice.runners.container.on_demand import EngineOnDemand
from sluice.runners.job_folders import JobFolders
from sluice.store.files.artifacts import FolderArtifacts
from sluice.store.places import folder_of
from sluice.store.runs.logs import LogWriter
from sluice.store.runs.protocol import EventWriter

if TYPE_CHECKING:
    from sluice.actions.results.job import JobServices, Records
    from sluice.app.deploying.desk import DeploymentDesk
    from sluice.app.running.options import RunOptions
    from sluice.app.running.performance import Performance
    from sluice.app.settings import Settings
    from sluice.delivery.deployment.policy import EnvironmentPolicy
    from sluice.rehearsal.stand_ins import StandIns
    from sluice.services.protocol import ServiceProvider
    from sluice.store.files.caches import FolderCaches


def build_facilities(
    performance: Performance, writer: EventWriter, gate: Gate, presentation: Presentation, stand_ins: StandIns
) -> Facilities:
    """Everything that the engine may use for this run."""
    options, settings, places = performance.options, performance.settings, performance.places
    shared = _Shared(performance, writer, stand_ins)
    at_once = options.at_once or settings.jobs or max(2, os.cpu_count() or 1)
    return Facilities(
        runners=(performance.runner,),
        emit=writer.append,
        flush=writer.flush,
        tools=shared.tools,
        open_log=shared.open_log,
        folder=shared.folder,
        job_folders=JobFolders(places.state / "jobs" / performance.queued.repository.replace("/", "~")),
        tool_cache=shared.tool_cache,
        action_cache=places.cache / "actions",
        masked=[value for name, value in options.secrets.items() if name.upper() not in _SWITCHES],
        slots=anyio.CapacityLimiter(at_once),
        endings=anyio.CapacityLimiter(at_once),
        protections=_protections(settings, performance.queued.ref),
        reviewer=_reviewer(options, presentation, shared.folder),
        gate=gate,
        runner_facts=_runner_facts(),
        visible=tuple(_visible(performance)),
        port_claims=PortClaims(places.state / "ports", performance.plan.run),
        service_providers=functools.cache(functools.partial(service_providers, shared.engine)),
        container_engine=shared.engine,
        keep_workspaces=options.keep,
    )


class _Shared:
    """What the jobs of a run have in common; each gets ``tools`` of its own made of it."""

    def __init__(self, performance: Performance, writer: EventWriter, stand_ins: StandIns) -> None:
        self._performance = performance
        self._writer = writer
        self._stand_ins = stand_ins
        self.folder = performance.store.folder(performance.plan.run)
        self.tool_cache = (performance.places.cache / "tools").resolve()  # a cache may be a link to another disk
        self.engine = EngineOnDemand()
        self._resolver = Resolver(
            performance.repositories,
            builtins=BUILTINS,
            real=performance.settings.real_actions,
            own=lambda: _own_files(performance),
        )
        self._artifacts = FolderArtifacts(self.folder / "artifacts")
        self._refs = (performance.queued.ref, f"refs/heads/{performance.snapshot.default_branch}")

    def tools(self) -> JobTools:
        """What the engine lends to a job."""
        performance, options = self._performance, self._performance.options
        return JobTools(
            resolver=self._resolver,
            find_node=self._find_node,
            artifacts=self._artifacts,
            earlier_artifacts=EarlierRuns(performance.store, performance.queued.root).artifacts,
            caches=self._caches,
            source_repository=performance.snapshot.repository,
            summaries=self.folder / "summaries",
            services=self._services,
            container_engine=self.engine,
            stand_ins=self._stand_ins,
            github=lambda place: start_github(performance, place),
            deployer=lambda: _deployer(performance, self._stand_ins),
            debug=wants_debug(options),
            publish=options.publish,
        )

    def open_log(self, job: str) -> LogWriter:
        """A job's log file; an event tells of each part that is written."""

        def appended(step: str, offset: int, length: int, lines: int) -> None:
            self._writer.append(LogAppended(job=job, step=step, offset=offset, length=length, lines=lines))

        return LogWriter(log_path(self.folder, job), appended)

    async def _find_node(self, version: int) -> Path:
        from sluice.actions.node import node_for

        return await node_for(version, self.tool_cache, offline=self._performance.options.offline)

    def _caches(self, home: Path, temporary: Path) -> FolderCaches:
        from sluice.app.runs.cached import entries_folder
        from sluice.store.files.caches import FolderCaches

        queued = self._performance.queued
        kept = entries_folder(self._performance.places, queued.root, queued.repository)
        return FolderCaches(kept, refs=self._refs, home=home, temporary=temporary)

    def _services(self, job: str, home: Path, records: Records) -> JobServices:
        from sluice.actions.results.identity import identify
        from sluice.actions.results.job import JobServices

        return JobServices(
            identify(self._performance.plan.run, job, self._refs),
            artifacts=self._artifacts,
            caches=lambda: self._caches(home, home.parent / "tmp"),
            folder=self.folder / "uploads" / job.replace("/", "~"),
            records=records,
        )


def _refused(policy: EnvironmentPolicy, ref: str) -> str:
    """Why the rules for branches and tags keep a run of ``ref`` out, if they do. As on GitHub it is the run's ref that
    counts, by its whole name where it is a pull request's.
    """
    if not policy.branches and not policy.tags:
        return ""
    from sluice.delivery.deployment.policy import Candidate, admits, rules_in_words

    kind = "tag" if ref.startswith("refs/tags/") else "branch"
    name = ref.removeprefix("refs/tags/").removeprefix("refs/heads/")
    if admits(policy, (Candidate(kind=kind, name=name),)):
        return ""
    return f"environment '{policy.name}' takes {rules_in_words(policy)}, and this run is of {kind} {name}"


def _protections(settings: Settings, ref: str) -> dict[str, Protection]:
    return {name: _protection(policy, ref) for name, policy in settings.environments.items()}


def _protection(policy: EnvironmentPolicy, ref: str) -> Protection:
    return Protection(
        refused=_refused(policy, ref),
        reviewers=policy.reviewers,
        wait_timer=policy.wait_timer,
        variables=policy.variables,
        secrets=policy.secrets,
    )


def _reviewer(options: RunOptions, presentation: Presentation, folder: Path) -> TerminalReviewer:
    return TerminalReviewer(
        options.approvals,
        pause=presentation.pause,
        go_on=presentation.go_on,
        mailbox=Mailbox(folder) if options.wait_for_review else None,
    )


def _own_files(performance: Performance) -> FetchedRepository:
    """The repository as the run has it under test, for the actions that its workflow names by ``$/path``."""
    sha = performance.queued.sha
    return FetchedRepository(folder=extract(performance.snapshot, sha, "."), commit=sha, source="snapshot")


def _visible(performance: Performance) -> Iterator[Path]:
    """What jobs may see of this machine: the repository, what its clone borrows, the folders that stand for actions."""
    yield Path(performance.queued.root)
    yield from performance.settings.actions.values()
    yield from performance.options.actions.values()
    for folder in borrowed_folders(performance.snapshot.repository / "objects"):
        yield folder
        if (modules := folder.parent / "modules").is_dir():
            yield modules


def wants_debug(options: RunOptions) -> bool:
    """As on GitHub, a secret or a variable switches debug lines on (docs.github.com: enabling debug logging)."""
    given = {**options.variables, **options.secrets}
    return options.debug or any(
        name.upper() in _SWITCHES and value.strip().lower() == "true" for name, value in given.items()
    )


def repository_folder(queued: RunQueued) -> str:
    """Where the repository's things are among those of others."""
    return folder_of(queued.root, queued.repository)


def service_providers(engine: EngineOnDemand) -> tuple[ServiceProvider, ...]:
    """What can serve ``services:`` here, the fastest first; ``engine`` serves what the others can't."""
    from sluice.services.container.provider import ContainerProvider
    from sluice.services.embedded.postgresql.provider import PostgresqlProvider
    from sluice.services.embedded.redis.provider import RedisProvider

    return PostgresqlProvider(), RedisProvider(), ContainerProvider(engine)


_SWITCHES = frozenset({"ACTIONS_STEP_DEBUG", "ACTIONS_RUNNER_DEBUG", "CI_DEBUG"})
"""Secrets that are switches: masking them would put *** for every "true" of a log."""
_SYSTEMS = {"linux": "Linux", "darwin": "macOS", "win32": "Windows"}
_MACHINES = {"x86_64": "X64", "amd64": "X64", "aarch64": "ARM64", "arm64": "ARM64"}


def _runner_facts() -> Dictionary:
    return Dictionary(
        {
            "name": platform.node(),
            "os": _SYSTEMS.get(sys.platform, sys.platform),
            "arch": _MACHINES.get(platform.machine().lower(), platform.machine()),
            "environment": "self-hosted",
        }
    )


async def _deployer(performance: Performance, stand_ins: StandIns) -> DeploymentDesk:
    """Who deploys for this run's jobs, once."""
    from sluice.app.deploying.desk import DeploymentDesk

    declared = {name: found.secrets for name, found in performance.settings.environments.items()}

    async def start(folder: Path) -> DeploymentDesk:
        return DeploymentDesk(Path(performance.queued.root), declared, performance.queued.actor, folder)

    return await stand_ins.use(DeploymentDesk, start)
