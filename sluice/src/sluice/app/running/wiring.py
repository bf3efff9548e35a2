"""Which parts a run gets: runners, resolver, stores, limits."""

from __future__ import annotations

import functools
import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from sluice.actions.builtin.registry import BUILTINS
from sluice.actions.node import NodeFinder
from sluice.actions.resolve import Resolver
from sluice.app.running.rehearsing import start_github
from sluice.app.running.reviewing import Mailbox, TerminalReviewer
from sluice.app.runs.presentation import Presentation, log_path
from sluice.engine.facilities import Facilities, Gate, Protection
from sluice.engine.ports import PortClaims
from sluice.engine.session import JobTools
from sluice.events.model import LogAppended, RunQueued
from sluice.expressions.values import Dictionary
from sluice.runners.container.on_demand import EngineOnDemand
from sluice.runners.host.snapshot import borrowed_folders
from sluice.runners.job_folders import JobFolders
from sluice.store.artifacts import FolderArtifacts
from sluice.store.logs import LogWriter
from sluice.store.places import folder_name
from sluice.store.protocol import EventWriter

if TYPE_CHECKING:
    from sluice.actions.results.job import JobServices, Records
    from sluice.app.deploying.desk import DeploymentDesk
    from sluice.app.running.options import RunOptions
    from sluice.app.running.performance import Performance
    from sluice.rehearsal.stand_ins import StandIns
    from sluice.services.protocol import ServiceProvider
    from sluice.store.caches import FolderCaches


def build_facilities(
    performance: Performance, writer: EventWriter, gate: Gate, presentation: Presentation, stand_ins: StandIns
) -> Facilities:
    """Everything that the engine may use for this run."""
    options, settings, places = performance.options, performance.settings, performance.places
    folder = performance.store.folder(performance.plan.run)
    tool_cache = (places.cache / "tools").resolve()  # a cache may be a link to another disk

    engine = EngineOnDemand()
    resolver = Resolver(performance.repositories, builtins=BUILTINS, real=settings.real_actions)
    node = NodeFinder(tool_cache, offline=options.offline)
    artifacts = FolderArtifacts(folder / "artifacts")
    borrowed = borrowed_folders(performance.snapshot.repository / "objects")
    modules = [folder.parent / "modules" for folder in borrowed if (folder.parent / "modules").is_dir()]

    refs = (performance.queued.ref, f"refs/heads/{performance.snapshot.default_branch}")

    def caches(home: Path, temporary: Path) -> FolderCaches:
        from sluice.store.caches import FolderCaches

        kept = places.cache / "entries" / repository_folder(performance.queued)
        return FolderCaches(kept, refs=refs, home=home, temporary=temporary)

    def services(job: str, home: Path, records: Records) -> JobServices:
        from sluice.actions.results.identity import identify
        from sluice.actions.results.job import JobServices

        return JobServices(
            identify(performance.plan.run, job, refs),
            artifacts=artifacts,
            caches=caches(home, home.parent / "tmp"),
            folder=folder / "uploads" / job.replace("/", "~"),
            records=records,
        )

    def open_log(job: str) -> LogWriter:
        def appended(step: str, offset: int, length: int, lines: int) -> None:
            writer.append(LogAppended(job=job, step=step, offset=offset, length=length, lines=lines))

        return LogWriter(log_path(folder, job), appended)

    def tools() -> JobTools:
        return JobTools(
            resolver=resolver,
            node=node,
            artifacts=artifacts,
            caches=caches,
            source_repository=performance.snapshot.repository,
            summaries=folder / "summaries",
            services=services,
            container_engine=engine,
            stand_ins=stand_ins,
            github=lambda place: start_github(performance, place),
            deployer=lambda: _deployer(performance, stand_ins),
            debug=wants_debug(options),
            publish=options.publish,
        )

    return Facilities(
        runners=(performance.runner,),
        emit=writer.append,
        flush=writer.flush,
        tools=tools,
        open_log=open_log,
        folder=folder,
        job_folders=JobFolders(places.state / "jobs" / performance.queued.repository.replace("/", "~")),
        tool_cache=tool_cache,
        action_cache=places.cache / "actions",
        masked=[value for name, value in options.secrets.items() if name.upper() not in _SWITCHES],
        slots=anyio.CapacityLimiter(options.at_once or settings.jobs or max(2, os.cpu_count() or 1)),
        protections={
            name: Protection(
                reviewers=found.reviewers,
                wait_timer=found.wait_timer,
                variables=found.variables,
                secrets=found.secrets,
            )
            for name, found in settings.environments.items()
        },
        reviewer=TerminalReviewer(
            options.approvals,
            pause=presentation.pause,
            go_on=presentation.go_on,
            mailbox=Mailbox(folder) if options.wait_for_review else None,
        ),
        gate=gate,
        runner_facts=_runner_facts(),
        visible=(
            Path(performance.queued.root),
            *settings.actions.values(),
            *options.actions.values(),
            *borrowed,
            *modules,
        ),
        port_claims=PortClaims(),
        service_providers=service_providers,
        container_engine=engine,
        keep_workspaces=options.keep,
    )


def wants_debug(options: RunOptions) -> bool:
    """As on GitHub, a secret or a variable switches debug lines on (docs.github.com: enabling debug logging)."""
    given = {**options.variables, **options.secrets}
    return options.debug or any(
        name.upper() in _SWITCHES and value.strip().lower() == "true" for name, value in given.items()
    )


def repository_folder(queued: RunQueued) -> str:
    """Where the repository's things are among those of others: folders without a remote may be called the same."""
    return folder_name(queued.root if queued.repository.startswith("local/") else queued.repository)


@functools.cache
def service_providers() -> tuple[ServiceProvider, ...]:
    """What can serve ``services:`` here, the fastest first."""
    from sluice.services.container.provider import ContainerProvider
    from sluice.services.embedded.postgresql.provider import PostgresqlProvider
    from sluice.services.embedded.redis.provider import RedisProvider

    return PostgresqlProvider(), RedisProvider(), ContainerProvider()


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
