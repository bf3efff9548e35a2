"""The run that goes on, for the stand-in for GitHub: what its jobs ask of it is read from its own events."""

from __future__ import annotations

from msgspec.structs import replace

from sluice.app.runs.history import load_state
from sluice.events.model import ArtifactUploaded
from sluice.github_api.calls import Call, Facts
from sluice.github_api.shapes import WEB, NamedRepository
from sluice.store.files.artifacts import Artifact, FolderArtifacts
from sluice.store.runs.protocol import RunRow
from sluice.store.runs.sqlite import SqliteStore
from sluice.views.api.shapes import Place, artifact_facts, fits, job_facts, job_numbers, run_facts


class PerformedRun:
    """``run`` is its id in the store, ``number`` is ``github.run_id``."""

    def __init__(self, store: SqliteStore, run: str, number: int, actor: str) -> None:
        self.number = number
        self._actor = actor
        self._run = run
        self._store = store

    def runs(self, repository: NamedRepository, call: Call) -> list[Facts]:
        """Itself as a ``workflow-run``; none where the query asks for others."""
        found = run_facts(self._place(repository, call), self._row(), self._actor)
        return [found] if fits(found, call.query) else []

    def jobs(self, repository: NamedRepository, call: Call) -> list[Facts]:
        """Each ``job`` so far, with the number that `sluice serve` gives it."""
        place, row = self._place(repository, call), self._row()
        known = job_numbers(self._store.find_run(self._run).id, load_state(self._store, self._run))
        facts = [job_facts(place, row, number, job) for number, job in known.items()]
        return [one | {"html_url": f"{one['html_url']}/job/{one['id']}"} for one in facts]

    def artifacts(self, repository: NamedRepository, call: Call) -> list[Facts]:
        """Each ``artifact`` so far, with the number that its upload told."""
        place, row = self._place(repository, call), self._row()
        kept = FolderArtifacts(self._store.folder(self._run) / "artifacts").entries()
        return [artifact_facts(place, row, int(one.id), _told(one), one.expires) for one in kept]

    def _place(self, repository: NamedRepository, call: Call) -> Place:
        return Place(repository=repository, call=call, pages=f"{WEB}/{repository.name}/actions")

    def _row(self) -> RunRow:
        """As it stands now, under the number that its jobs know."""
        return replace(self._store.find_run(self._run), id=self.number, run=str(self.number))


def _told(kept: Artifact) -> ArtifactUploaded:
    return ArtifactUploaded(job="", name=kept.name, size=kept.size, files=0, digest=kept.digest)
