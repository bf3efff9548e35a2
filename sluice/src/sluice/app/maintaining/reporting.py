"""A period's report: every task looks, and one that can't says why. In: a repository. Out: a report."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from pathlib import Path

from msgspec.structs import replace

from sluice.app.maintaining.registry import TASKS, Task
from sluice.app.maintaining.scene import Scene
from sluice.app.runs.history import open_store
from sluice.app.runs.interrupted import mark_interrupted
from sluice.delivery.maintenance.model import Period, Report, Section, Span
from sluice.source.errors import InvalidInputError, SluiceError, UsageError
from sluice.store.places import find_places


def maintain(
    root: Path, period: Period, only: Collection[str] = (), skip: Collection[str] = (), *, offline: bool = False
) -> Report:
    """Look at everything. Raises ``UsageError`` for a task that is none of this period's, and for a wrong
    ``sluice.toml``.
    """
    tasks = tuple(_chosen(period, only, skip))
    with open_store() as store:
        mark_interrupted(store)
        scene = Scene(root, store, find_places(), Span.ending(time.time(), period), offline=offline)
        return make_report(scene, period, tasks)


def make_report(scene: Scene, period: Period, tasks: tuple[Task, ...]) -> Report:
    """The report of these tasks. Raises ``InvalidInputError`` for a wrong ``sluice.toml``."""
    _ = scene.settings, scene.policy  # what is wrong there is no task's
    sections = tuple(_section(scene, task) for task in tasks)
    return Report(period=period, repository=scene.root.name, span=scene.span, sections=sections)


def _chosen(period: Period, only: Collection[str], skip: Collection[str]) -> Iterator[Task]:
    known = [task.name for task in TASKS[period]]
    for name in (*only, *skip):
        if name not in known:
            raise UsageError(f"'{name}' is no task of maintain {period}", hint=f"tasks: {', '.join(known)}")
    yield from (task for task in TASKS[period] if (not only or task.name in only) and task.name not in skip)


def _section(scene: Scene, task: Task) -> Section:
    try:
        section = task.look(scene)
    except InvalidInputError as error:
        section = Section(unseen=tuple(f"{one.span}: {one.message}" for one in error.diagnostics))
    except SluiceError as error:
        section = Section(unseen=(error.in_one_line,))
    return replace(section, name=task.name, title=task.title)
