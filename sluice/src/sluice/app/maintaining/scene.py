"""What maintenance looks at, fetched once when it is first asked for: settings, runs, deployments, measures.

A task raises a ``SluiceError`` for what it can't look at; the report then says so.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from sluice.app.auditing import load_both
from sluice.app.deploying.site import deployments_of
from sluice.app.runs.history import load_state
from sluice.app.settings import Settings, load_settings
from sluice.app.workflows.repository import ReadWorkflow, find_files, read_workflows
from sluice.audit.model import AuditSettings
from sluice.delivery.deployment.state import Deployment
from sluice.delivery.maintenance.model import Span
from sluice.delivery.maintenance.settings import MaintainSettings
from sluice.events.state import RunState
from sluice.gates.policy.model import Policy
from sluice.store.ledgers.deployments import DeploymentLog
from sluice.store.places import Places
from sluice.store.runs.protocol import RunRow
from sluice.store.runs.sqlite import SqliteStore
from sluice.views.metrics.figures import RunFigures, figures_of

_ALL = -1


class Scene:
    """One repository in one span; ``offline`` asks nothing outside."""

    def __init__(self, root: Path, store: SqliteStore, places: Places, span: Span, *, offline: bool = False) -> None:
        self.root = root
        self.store = store
        self.places = places
        self.span = span
        self.offline = offline

    @cached_property
    def settings(self) -> Settings:
        """The repository's ``sluice.toml``."""
        return load_settings(self.root)

    @property
    def maintenance(self) -> MaintainSettings:
        """Its ``[maintain]``."""
        return self.settings.maintenance or MaintainSettings()

    @cached_property
    def audit(self) -> AuditSettings:
        """Its ``[audit]``."""
        return load_both(self.root, os.environ)[0]

    @cached_property
    def policy(self) -> Policy:
        """Its gates and waivers."""
        return load_both(self.root, os.environ)[1]

    @cached_property
    def workflows(self) -> tuple[ReadWorkflow, ...]:
        """All of its workflow files."""
        return read_workflows(self.root, find_files(self.root, ()))

    @cached_property
    def rows(self) -> tuple[RunRow, ...]:
        """Every run that is kept, the newest first."""
        return tuple(self.store.runs(root=str(self.root), limit=_ALL))

    @cached_property
    def states(self) -> tuple[RunState, ...]:
        """The runs of the span that are over, the oldest first."""
        return tuple(self._states(self.span))

    @cached_property
    def figures(self) -> tuple[RunFigures, ...]:
        """Theirs."""
        return tuple(_figures(self.states))

    @cached_property
    def figures_before(self) -> tuple[RunFigures, ...]:
        """Those of the span before."""
        return tuple(_figures(self._states(self.span.before)))

    @cached_property
    def deployments(self) -> tuple[Deployment, ...]:
        """All there were, to every environment, the oldest first."""
        place = self.places.deployments
        return deployments_of(self.root, DeploymentLog(place)) if place.is_file() else ()

    def _states(self, span: Span) -> Iterator[RunState]:
        for row in reversed(self.rows):
            if row.status == "completed" and span.holds(row.created):
                yield load_state(self.store, row.run)


def _figures(states: Iterator[RunState] | tuple[RunState, ...]) -> Iterator[RunFigures]:
    for state in states:
        if (found := figures_of(state, os.cpu_count() or 1)) is not None:
            yield found
