"""Runs of this repository that came before: what a ``workflow_run`` is about, and what they uploaded."""

from __future__ import annotations

from sluice.events.model import RunQueued
from sluice.plan.event.facts import WorkflowRunFacts
from sluice.store.files.artifacts import FolderArtifacts
from sluice.store.runs.numbers import number_of, run_of
from sluice.store.runs.protocol import RunRow
from sluice.store.runs.sqlite import SqliteStore

_LOOKED_THROUGH = 1_000


class EarlierRuns:
    """Those of the repository in the folder ``root`` that the store has still."""

    def __init__(self, store: SqliteStore, root: str) -> None:
        self._store = store
        self._root = root

    def newest(self, workflows: tuple[str, ...]) -> WorkflowRunFacts | None:
        """The newest run of these workflows, by their names, that is over."""
        for row in self._rows():
            if row.status == "completed" and row.workflow_name in workflows:
                return self._facts(row)
        return None

    def artifacts(self, run_id: int) -> FolderArtifacts | None:
        """What the last attempt of the run with this number has; ``None`` where there is no such run."""
        first = run_of(run_id)
        for row in self._rows():
            if row.run == first or (row.attempt > 1 and self._run_id(row) == run_id):
                return FolderArtifacts(self._store.folder(row.run) / "artifacts")
        return None

    def _rows(self) -> tuple[RunRow, ...]:
        """The newest first."""
        return tuple(self._store.runs(root=self._root, limit=_LOOKED_THROUGH))

    def _facts(self, row: RunRow) -> WorkflowRunFacts:
        from sluice.views.api.shapes import conclusion_of
        from sluice.views.text.wording import short_ref

        return WorkflowRunFacts(
            workflow=row.workflow_name,
            path=row.workflow_file,
            conclusion=conclusion_of(row),
            event=row.trigger,
            head_branch=short_ref(row.ref),
            head_sha=row.sha,
            run_id=self._run_id(row),
            run_number=row.number,
            run_attempt=row.attempt,
        )

    def _run_id(self, row: RunRow) -> int:
        told = [record.event for record in self._store.read(row.run, limit=1)]
        found = told[0].run_id if told and isinstance(told[0], RunQueued) else 0
        return found or number_of(row.run)
