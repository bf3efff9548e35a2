"""What the metrics are made of: the newest runs of the store, the newest measures, the deployments.

In: the store of this machine's user. Out: ``Known``. A run that is over never changes, so its figures are worked out
once.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median

from msgspec.structs import replace

from sluice.app.deploying.site import deployments_of
from sluice.app.judging.measuring import find_history
from sluice.app.judging.trends import main_commits
from sluice.app.runs.history import load_state
from sluice.delivery.deployment.figures import DAY, delivery_figures
from sluice.delivery.deployment.state import Deployment, Phase
from sluice.evidence.units import UnitMismatchError, convert
from sluice.repository.taking import name_repository
from sluice.source.errors import StoreError, UnavailableError
from sluice.store.ledgers.deployments import DeploymentLog
from sluice.store.ledgers.measures import MeasureHistory, Recorded
from sluice.store.places import find_places
from sluice.store.runs.protocol import RunRow
from sluice.store.runs.sqlite import SqliteStore
from sluice.views.metrics.deployments import EnvironmentFigures
from sluice.views.metrics.figures import RunFigures, figures_of
from sluice.views.metrics.page import Known
from sluice.views.metrics.quality import Change

MOST_RUNS = 500
"""Runs that metrics are about, the newest."""
COMPARED = 5
"""Values before the newest that it is compared with."""
WINDOW = 30 * DAY
_FAILED = frozenset({Phase.FAILED, Phase.ROLLED_BACK, Phase.ABANDONED})


class Watch:
    """The metrics of one repository, or of all that the store knows."""

    def __init__(self, store: SqliteStore, root: str | None) -> None:
        self._store = store
        self._root = root
        self._figures: dict[str, RunFigures] = {}

    def known(self) -> Known:
        """Everything, as it stands now."""
        rows = self._store.runs(root=self._root, limit=MOST_RUNS)
        runs = [found for row in rows if (found := self._of_run(row)) is not None]
        names = _names(rows, self._figures)
        if self._root is not None:
            named = name_repository(Path(self._root))
            names.setdefault(self._root, _label(self._root, named))  # as its first run will be labelled
        return Known(
            runs=runs,
            changes={name: list(_changes(Path(root), find_history())) for root, name in names.items()},
            environments={name: list(_environments(root)) for root, name in names.items()},
        )

    def _of_run(self, row: RunRow) -> RunFigures | None:
        if row.run not in self._figures and row.status == "completed":
            figures = figures_of(load_state(self._store, row.run), os.cpu_count() or 1)
            if figures is not None:
                self._figures[row.run] = replace(figures, repository=_label(row.root, figures.repository))
        return self._figures.get(row.run)


def _label(root: str, repository: str) -> str:
    """``owner/name``; the folder of one without a remote: others may be called the same."""
    return root if repository.startswith("local/") else repository


def _names(rows: Sequence[RunRow], figures: Mapping[str, RunFigures]) -> dict[str, str]:
    """The repository's name by its folder, from the newest run of each."""
    return {row.root: figures[row.run].repository for row in reversed(rows) if row.run in figures}


def _changes(root: Path, history: MeasureHistory) -> Iterator[Change]:
    try:
        order = main_commits(root) if root.is_dir() else None
        for name in history.names(str(root)):
            recorded = [one for one in history.series(str(root), name) if order is None or one.commit in order]
            if recorded:
                yield _change(recorded)
    except (StoreError, UnavailableError):
        return  # a history that can't be read makes no metrics; its own commands say why


def _change(recorded: Sequence[Recorded]) -> Change:
    newest = recorded[-1].measure
    before = []
    for one in recorded[-1 - COMPARED : -1]:
        try:
            before.append(convert(one.measure.value, one.measure.unit, newest.unit))
        except UnitMismatchError:
            continue
    return Change(measure=newest, before=median(before) if before else None)


def _environments(root: str) -> Iterator[EnvironmentFigures]:
    place = find_places().deployments
    deployments = deployments_of(Path(root), DeploymentLog(place)) if place.is_file() else ()
    for name in sorted({one.environment for one in deployments}):
        yield _environment(name, [one for one in deployments if one.environment == name])


def _environment(name: str, deployments: Sequence[Deployment]) -> EnvironmentFigures:
    now = time.time()
    over = [one for one in deployments if not one.is_stop and (one.is_over or one.phase is Phase.FAILED)]
    return EnvironmentFigures(
        name=name,
        ends=Counter(one.phase.value for one in over),
        failed=bool(over) and over[-1].phase in _FAILED,
        figures=delivery_figures(deployments, now - WINDOW, now),
    )
