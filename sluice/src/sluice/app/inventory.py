"""What this machine has, and what each job would need. In: the machine. Out: findings with hints."""

from __future__ import annotations

import functools
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path

import anyio
from msgspec import Struct

from sluice.actions.interpreters import find_interpreters
from sluice.app.action_needs import fetched_by_actions, missing_for_actions, missing_in_image
from sluice.app.elsewhere import taken_from_elsewhere
from sluice.app.running.wiring import service_providers
from sluice.app.secrets.listing import Entry, entries_of
from sluice.app.secrets.sources import Values
from sluice.app.settings import Settings, load_settings
from sluice.app.workflows.other_repositories import other_repositories
from sluice.app.workflows.repository import ReadWorkflow, find_files, read_workflows
from sluice.app.written_steps import Reader, WrittenStep
from sluice.engine.containers.services import check_services
from sluice.engine.graph.placement import NotHere, check_images, choose_runner, runner_labels
from sluice.plan.uses import Kind
from sluice.runners.container.on_demand import EngineOnDemand
from sluice.runners.host.isolation.isolation import Level
from sluice.runners.host.runner import HostRunner
from sluice.runners.protocol import Runner
from sluice.source.diagnostics import sort_diagnostics
from sluice.source.errors import InvalidInputError, SluiceError, UnavailableError, UsageError
from sluice.store.places import find_places
from sluice.workflow.evaluation import EvaluationError, Scope
from sluice.workflow.model import NormalJob, ReusableJob, RunStep
from sluice.workflow.tokens import StringToken

_PROGRAMS = {
    "git": "install git: nothing runs without it",
    "bash": "install bash: scripts run under sh otherwise, without pipefail",
    "node": "install Node.js, or pip install 'sluice-ci[node]', for JavaScript actions",
    "docker": "optional: jobs with a container are skipped without an engine, and services that it alone serves",
    "podman": "optional: the same as docker",
}


class Finding(Struct, frozen=True, kw_only=True):
    """One thing: ``there`` says whether it is; ``detail`` where, or what to do. What is ``untried`` may be there."""

    name: str
    there: bool
    detail: str
    untried: bool = False


def inspect_machine() -> Iterator[Finding]:
    """Programs, interpreters, room on the disk."""
    for name, hint in _PROGRAMS.items():
        found = shutil.which(name)
        yield Finding(name=name, there=found is not None, detail=found or hint)
    versions = ", ".join(f"{one.text} ({one.place})" for one in find_interpreters())
    yield Finding(name="pythons", there=bool(versions), detail=versions or "bring one with pyenv or uv")
    free = shutil.disk_usage(Path.cwd()).free // 10**9
    yield Finding(name="disk", there=free >= 1, detail=f"{free} GB free")
    yield Finding(name="processors", there=True, detail=f"{os.cpu_count()}: so many jobs at once, unless --parallel")


def inspect_labels(runner: Runner) -> Finding:
    """What ``runs-on`` may say here."""
    return Finding(name="labels", there=True, detail=", ".join(runner.labels))


def inspect_engine() -> Finding:
    """The container engine, by asking it; without one the reason."""
    with closing(EngineOnDemand()) as on_demand:
        try:
            engine = on_demand()
            version = engine.translated(engine.client.version)
        except UnavailableError as error:
            detail = f"jobs with a container are skipped: {error.in_one_line}"
            return Finding(name="containers", there=False, detail=detail)
    return Finding(name="containers", there=True, detail=f"engine {version.get('Version', '')} at {engine.address}")


def inspect_isolation(runner: HostRunner) -> Finding:
    """How far a job is set apart here, found out by setting one apart."""
    degree = anyio.run(_degree, runner)
    if degree is None or "network" not in degree.words:
        reason = "; ".join(runner.isolation.refusals) or "the settings or the system don't want namespaces"
        kept = f"only {', '.join(degree.words)}" if degree and degree.words else "folders only"
        detail = (
            f"{kept}: jobs share this machine's ports ({reason}); root, or slirp4netns with user namespaces, gives more"
        )
        return Finding(name="isolation", there=False, detail=detail)
    return Finding(name="isolation", there=True, detail=f"{', '.join(degree.words)} of a job's own")


async def _degree(runner: HostRunner) -> Level | None:
    with tempfile.TemporaryDirectory(prefix="sluice-") as folder:
        async with runner.isolation.hold(Path(folder), ()) as held:
            return held.level if held else None


def inspect_jobs(root: Path, runner: Runner) -> Iterator[Finding]:
    """Every job of every workflow of the repository: whether it can run here."""
    try:
        files = find_files(root, ())
    except SluiceError as error:
        yield Finding(name=".github/workflows", there=False, detail=error.message)
        return
    settings = load_settings(root)
    reader = Reader(root=root, repositories=other_repositories(root, settings, find_places(), offline=True))
    with closing(EngineOnDemand()) as engine:
        for path in files:
            try:
                (found,) = read_workflows(root, [path])
            except SluiceError as error:
                yield Finding(name=path.name, there=False, detail=_trouble(path, error))
            else:
                yield from _inspect_workflow(found, runner, engine, reader, settings)


def inspect_values(root: Path) -> Iterator[Finding]:
    """The secrets and variables that jobs of the repository use and that a run as it stands would not have."""
    read: list[ReadWorkflow] = []
    with suppress(SluiceError):  # what is wrong with a workflow is told where its jobs are
        for path in find_files(root, ()):
            with suppress(SluiceError):
                read += read_workflows(root, [path])
    used = [entry for entry in entries_of(root, read, Values(), offline=True) if entry.jobs]
    for entry in used:
        if not entry.origin:
            yield Finding(name=entry.name, there=False, detail=_not_given(entry))
    if all(entry.origin for entry in used):
        yield Finding(name="all", there=True, detail=", ".join(entry.name for entry in used) or "no job uses any")


def _not_given(entry: Entry) -> str:
    option = "--secret" if entry.kind is Kind.SECRET else "--var"
    without = "no run starts without it" if entry.stands == "missing" else "empty"
    return f"{entry.kind} not given ({option} {entry.name}): {without} for {', '.join(entry.jobs)}"


def _trouble(path: Path, error: SluiceError) -> str:
    """The first thing that is wrong with a file, and how to see all of it."""
    if not isinstance(error, InvalidInputError):
        return error.message
    first, *others = sort_diagnostics(list(error.diagnostics))
    more = f" (and {len(others)} more: sluice lint {path.name})" if others else ""
    return f"line {first.span.start.line}: {first.message}{more}"


def _inspect_workflow(
    read: ReadWorkflow, runner: Runner, engine: EngineOnDemand, reader: Reader, settings: Settings
) -> Iterator[Finding]:
    for job in read.workflow.jobs.values():
        name = f"{Path(read.file).name} {job.id}"
        if isinstance(job, ReusableJob):
            taken = taken_from_elsewhere(job, reader.repositories)
            yield _possible(name, taken, f"calls {job.uses.value}")
            continue
        steps = reader.steps_of(job)
        look = missing_for_actions if job.container is None else missing_in_image
        if missing := _missing(job, steps, runner, engine) or look(steps, settings, engine):
            yield Finding(name=name, there=False, detail=missing)
            continue
        versions = fetched_by_actions(steps, settings) if job.container is None else ()
        taken = taken_from_elsewhere(job, reader.repositories, [one.step for one in steps], versions)
        yield _possible(name, taken, "needs nothing from elsewhere, as far as its steps say")


def _possible(name: str, taken: str | None, otherwise: str) -> Finding:
    """A job that nothing stands in the way of; what it takes from elsewhere was not tried."""
    detail = f"untried: {taken}" if taken else otherwise
    return Finding(name=name, there=True, detail=detail, untried=taken is not None)


def _missing(job: NormalJob, steps: Sequence[WrittenStep], runner: Runner, engine: EngineOnDemand) -> str | None:
    try:
        choose_runner((runner,), runner_labels(job.runs_on, Scope(contexts={})))
        check_images(job, Scope(contexts={}), engine)
        check_services(job.services, Scope(contexts={}), functools.partial(service_providers, engine))
    except NotHere as missing:
        return str(missing)
    except (EvaluationError, UsageError):
        return None  # its labels come from a matrix or from another job: nothing can be said yet
    return None if job.container is not None else _missing_shell(steps)


def _missing_shell(steps: Sequence[WrittenStep]) -> str | None:
    """The first shell that a step names and that is not on PATH; what an expression gives can't be told yet."""
    named = (one.step.shell for one in steps if isinstance(one.step, RunStep))
    programs = (token.value.split()[0] for token in named if isinstance(token, StringToken) and token.value.strip())
    absent = next((program for program in programs if shutil.which(program) is None), None)
    return f"a step needs the shell '{absent}', which is not on PATH" if absent else None
