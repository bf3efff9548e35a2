"""Perform one run: engine and view side by side, signals, the report, the exit code."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Mapping

import anyio
import anyio.to_thread
from msgspec import Struct

from sluice.actions.repositories import Repositories
from sluice.app.running.gate import SharedGate
from sluice.app.running.options import ABSENT, FAILURE, INTERRUPTED, SUCCESS, UNREAD, RunOptions
from sluice.app.running.wiring import build_facilities, repository_folder
from sluice.app.runs.history import load_state
from sluice.app.runs.presentation import open_presentation
from sluice.app.settings import Settings
from sluice.engine.facilities import RunPlan
from sluice.engine.interruption import Interruption
from sluice.engine.jobs.status import Status
from sluice.engine.run import perform_run
from sluice.events.model import AnnotationCreated, RunCompleted, RunQueued
from sluice.rehearsal.stand_ins import StandIns
from sluice.repository.snapshot import Snapshot
from sluice.runners.host.runner import HostRunner
from sluice.source.errors import StoreError, UnavailableError
from sluice.store.files.artifacts import MEASURES
from sluice.store.places import Places
from sluice.store.runs.protocol import EventWriter
from sluice.store.runs.sqlite import SqliteStore
from sluice.store.untold import Subject, Untold, promise

Say = Callable[[str], None]
"""Writes to standard error, beside whatever picture is shown."""


class Performance(Struct, frozen=True, kw_only=True):
    """Everything one run needs; ``notices`` are what is to be said of a job before it starts."""

    plan: RunPlan
    queued: RunQueued
    notices: Mapping[str, str]
    store: SqliteStore
    places: Places
    settings: Settings
    options: RunOptions
    snapshot: Snapshot
    repositories: Repositories
    runner: HostRunner


def perform(performance: Performance) -> int:
    """Run to the end; returns the exit code."""
    return anyio.run(_perform, performance, backend_options={"use_uvloop": False})


async def _perform(performance: Performance) -> int:
    writer = performance.store.writer(performance.plan.run)
    await _begin(performance, writer)
    untold = _promise(performance)
    presentation = open_presentation(performance.store, performance.plan.run, performance.options)
    interruption = Interruption()
    signals = _Signals(interruption, presentation.say)
    gate = SharedGate(performance.places.state / "concurrency" / f"{repository_folder(performance.queued)}.json")
    stand_ins = StandIns(performance.store.folder(performance.plan.run) / "rehearsal")
    facilities = build_facilities(performance, writer, gate, presentation, stand_ins)
    conclusion = Status.CANCELLED
    try:
        async with anyio.create_task_group() as group:
            group.start_soon(presentation.follow)
            group.start_soon(gate.watch)
            group.start_soon(signals.heed, group.cancel_scope)
            conclusion = await perform_run(performance.plan, facilities, interruption)
            performance.runner.rest()
            await writer.flush()
            group.cancel_scope.cancel()
    finally:
        with anyio.CancelScope(shield=True), anyio.move_on_after(10):
            await stand_ins.close()
            facilities.container_engine.close()
            if not presentation.ended():
                writer.append(RunCompleted(conclusion="cancelled", reason="ended at once"))
            await writer.flush()
            await _conclude(performance, writer, untold, presentation.say)
            presentation.finish()
    if signals.heard:
        return INTERRUPTED
    if conclusion is not Status.SUCCESS:
        return _code_of_failure(performance)
    return UNREAD if presentation.unwritten and performance.options.output == "json" else SUCCESS


def _code_of_failure(performance: Performance) -> int:
    """What nobody can run, as its matrix has no such leg, is told as what was asked for wrongly."""
    if not performance.options.jobs:
        return FAILURE
    state = load_state(performance.store, performance.plan.run)
    if state.repeatable:
        return FAILURE
    sys.stderr.writelines(f"sluice: {job.reason}\n" for job in state.jobs.values() if job.absent)
    return ABSENT


async def _begin(performance: Performance, writer: EventWriter) -> None:
    writer.append(performance.queued)
    for job, message in performance.notices.items():
        writer.append(AnnotationCreated(job=job, level="notice", message=message))
    await writer.flush()


async def _conclude(performance: Performance, writer: EventWriter, untold: Untold | None, say: Say) -> None:
    """What is done with a run that is over: its measures kept, its end told, its report written."""
    _record(performance, say)
    await _announce(performance, writer, untold, say)
    _report(performance, say)


def _record(performance: Performance, say: Say) -> None:
    """Keep what the jobs measured; a history that can't be written is told and changes no verdict."""
    artifacts = performance.store.folder(performance.plan.run) / "artifacts"
    if not any(artifacts.glob(f"{MEASURES}*")):
        return
    from sluice.app.judging.recording import record_run

    try:
        record_run(performance.store, performance.plan.run)
    except (StoreError, UnavailableError) as error:
        say(f"sluice: the run's measures weren't kept: {error.message}\n")


def _promise(performance: Performance) -> Untold | None:
    """Keep that the run's end is to be told: should a kill come between, the next command tells it."""
    if not performance.settings.channels or not performance.options.publish:
        return None
    return promise(performance.places.untold, Subject(root=performance.queued.root, run=performance.plan.run))


async def _announce(performance: Performance, writer: EventWriter, untold: Untold | None, say: Say) -> None:
    """Tell whoever sluice.toml names; what could not be told is said and changes no verdict."""
    channels, options = performance.settings.channels, performance.options
    if not channels:
        return
    from sluice.app.announcing import Telling, announcements_of, rehearse, say_untold, tell

    found = announcements_of(performance.store, performance.plan.run, channels, options.secrets)
    telling = Telling(secrets=options.secrets, repository=performance.queued.repository, untold=untold)
    told = tell(found, telling) if options.publish else rehearse(found)
    for one in say_untold(told, lambda message: say(f"sluice: {message}\n")):
        writer.append(one)
    await writer.flush()
    if untold:
        untold.settle()


def _report(performance: Performance, say: Say) -> None:
    """A report that can't be written is told and changes no verdict: a view never fails a run."""
    if performance.options.output in {"quiet", "json"}:
        return  # ``sluice report`` makes it when somebody wants it
    from sluice.app.runs.reporting import write_run_report

    try:
        write_run_report(performance.store, performance.plan.run)
    except StoreError as error:
        say(f"sluice: {error.message}\n")


class _Signals:
    """What a person or the system sends this process; ``heard`` once that cancelled the run."""

    def __init__(self, interruption: Interruption, say: Say) -> None:
        self._interruption = interruption
        self._say = say
        self.heard = False

    async def heed(self, scope: anyio.CancelScope) -> None:
        """The first signal cancels the run as GitHub would; the second ends it at once.

        A terminal that goes away cancels, too, unless ``nohup`` said not to; it may say so several times.
        """
        hangup = () if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else (signal.SIGHUP,)
        with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM, *hangup) as signals:
            async for number in signals:
                if not self._interruption.requested:
                    self.heard = True
                    self._interruption.request(_told(number, self._say))
                elif number != signal.SIGHUP:
                    scope.cancel()
                    return


def _told(number: signal.Signals, say: Say) -> str:
    if number == signal.SIGHUP:
        return "interrupted: the terminal is gone"
    say("\nCancelling: post steps still run. Once more to end at once.\n")
    return "interrupted by the user"
