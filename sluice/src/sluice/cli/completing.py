"""What a shell offers after Tab: runs, jobs, workflows, events, inputs, secrets, environments.

In: what stands on the line so far. Out: words that fit. Nothing is said where something is wrong: a shell is no place
for errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import click

from sluice.source.errors import SluiceError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from sluice.app.workflows.repository import ReadWorkflow
    from sluice.workflow.model import InputDefinition

_RUNS = 20
Source = Callable[[click.Context], Iterable[tuple[str, str]]]
Completer: TypeAlias = "Callable[[click.Context, click.Parameter, str], list[CompletionItem]]"


def _offering(source: Source) -> Completer:
    """The words of a source, each with its help, that begin with what was typed."""

    @wraps(source)
    def complete(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        try:
            found = dict(source(context))
        except (SluiceError, OSError):
            return []
        return [CompletionItem(word, help=told) for word, told in found.items() if word.startswith(incomplete)]

    return complete


@_offering
def runs(_: click.Context) -> Iterable[tuple[str, str]]:
    """``latest`` and the newest runs of this repository."""
    from sluice.app.runs.history import current_root, open_store

    yield "latest", "the newest run"
    with open_store() as store:
        for row in store.runs(root=current_root(), limit=_RUNS):
            yield row.run, f"#{row.number} {row.workflow_name or row.workflow_file}, {row.conclusion or row.status}"


@_offering
def jobs_of_run(context: click.Context) -> Iterable[tuple[str, str]]:
    """The job runs of the run that stands on the line."""
    from sluice.app.runs.history import find_run, load_state, open_store

    with open_store() as store:
        state = load_state(store, find_run(store, context.params.get("run") or "latest").run)
    return [(key, job.conclusion or job.status) for key, job in state.jobs.items()]


@_offering
def jobs(context: click.Context) -> Iterable[tuple[str, str]]:
    """The jobs of the workflows on the line, else of all."""
    for found in _workflows(tuple(context.params.get("paths") or ())):
        yield from ((job.id, found.file) for job in found.workflow.jobs.values())


@_offering
def events(context: click.Context) -> Iterable[tuple[str, str]]:
    """The events that start the workflows on the line, else any."""
    for found in _workflows(tuple(context.params.get("paths") or ())):
        yield from ((name, found.file) for name in found.workflow.triggers)


def inputs(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """``NAME=`` of the inputs of the workflows on the line, else of all; behind the sign, the values of a choice."""
    name, equals, typed = incomplete.partition("=")
    try:
        found = {one.name.value: one for one in _inputs(context)}
    except (SluiceError, OSError):
        return []
    from click.shell_completion import CompletionItem

    if not equals:
        return [CompletionItem(f"{key}=", help=one.description) for key, one in found.items() if key.startswith(name)]
    values = _values(found[name]) if name in found else ()
    return [CompletionItem(f"{name}={value}") for value in values if value.startswith(typed)]


def _inputs(context: click.Context) -> Iterable[InputDefinition]:
    for found in _workflows(tuple(context.params.get("paths") or ())):
        for event in ("workflow_call", "workflow_dispatch"):  # the later one counts
            if event in found.workflow.triggers:
                yield from found.workflow.triggers[event].inputs.values()


def _values(definition: InputDefinition) -> tuple[str, ...]:
    return ("true", "false") if definition.type == "boolean" else definition.options


@_offering
def secrets(context: click.Context) -> Iterable[tuple[str, str]]:
    """The secrets that ``sluice.toml`` declares, and those that the workflows on the line, else all, take and use."""
    from sluice.app.root import project_root
    from sluice.app.settings import load_settings
    from sluice.plan.uses import ANY, TOKEN, Kind, uses_in

    for declared in load_settings(project_root()).declarations:
        if declared.kind is Kind.SECRET:
            yield declared.name, declared.description
    for found in _workflows(tuple(context.params.get("paths") or ())):
        for trigger in found.workflow.triggers.values():
            yield from ((one.name.value, found.file) for one in trigger.secrets.values())
        used = (one.name for one in uses_in(found.workflow, lambda *_: None) if one.kind is Kind.SECRET)
        yield from ((name, found.file) for name in used if name not in {ANY, TOKEN})


@_offering
def environments(_: click.Context) -> Iterable[tuple[str, str]]:
    """The protected environments of ``sluice.toml``."""
    from sluice.app.root import project_root
    from sluice.app.settings import load_settings

    return [(name, "environment") for name in load_settings(project_root()).environments]


def workflows(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The workflow files by name; where a path is typed, files."""
    try:
        names = [Path(found.file).name for found in _workflows(())]
    except (SluiceError, OSError):
        names = []
    from click.shell_completion import CompletionItem

    fitting = [CompletionItem(name) for name in names if name.startswith(incomplete)]
    return fitting or [CompletionItem(incomplete, type="file")]


def _workflows(paths: tuple[str, ...]) -> tuple[ReadWorkflow, ...]:
    from sluice.app.root import project_root
    from sluice.app.workflows.repository import find_files, read_workflows

    root = project_root()
    return read_workflows(root, find_files(root, paths))


__all__ = ["environments", "events", "inputs", "jobs", "jobs_of_run", "runs", "secrets", "workflows"]
