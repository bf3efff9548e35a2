"""One repository, its workflows and its runs. In: names from addresses. Out: what there is, or an error.

Runs of other repositories are not there, whatever their id.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from sluice.app.root import WORKFLOWS
from sluice.app.runs.history import load_state
from sluice.app.runs.interrupted import mark_interrupted
from sluice.app.runs.presentation import log_reader
from sluice.app.workflows.repository import ReadWorkflow, display_name, find_files, read_workflows
from sluice.events.state import RunState
from sluice.source.errors import InvalidInputError, SluiceError, UsageError
from sluice.store.files.artifacts import FolderArtifacts
from sluice.store.runs.protocol import RunRow
from sluice.store.runs.sqlite import SqliteStore
from sluice.views.report.cards import Inputs
from sluice.views.report.log_html import Cap
from sluice.views.web.listing import WorkflowCard

PAGE, LOOKED_THROUGH = 50, 500
"""Runs on a page; runs that are looked through for those of one workflow."""
STREAMS = 24
"""Pages that may follow at the same time."""
_RUN = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{4}")
_LIVE = Cap(lines=400, size=1 << 16)


class NotFoundError(SluiceError):
    """There is no such thing here."""


class _Kept(Struct, frozen=True):
    """A file as it was when it was read, and what was in it."""

    facts: tuple[int, int]
    read: ReadWorkflow | None
    problem: str = ""


class Site:
    """One repository's pages, which are at ``address``. Its methods may be called from any thread."""

    def __init__(self, root: Path, repository: str, store: SqliteStore, address: str) -> None:
        self.root = root
        self.address = address
        self.repository = repository
        self.store = store
        self.closing = threading.Event()
        self.streams = threading.BoundedSemaphore(STREAMS)
        self._read: dict[Path, _Kept] = {}

    @property
    def name(self) -> str:
        """The repository's own name."""
        return self.repository.rpartition("/")[2]

    def rows(self, limit: int = PAGE, workflow: str = "") -> Sequence[RunRow]:
        """The newest runs; those whose engine died are marked first. ``workflow`` is a file of the repository."""
        mark_interrupted(self.store)
        looked = max(limit, LOOKED_THROUGH) if workflow else limit
        rows = self.store.runs(root=str(self.root), limit=looked)
        return [row for row in rows if not workflow or row.workflow_file == workflow][:limit]

    def row(self, run: str) -> RunRow:
        """The run with this id. Raises ``NotFoundError``."""
        if _RUN.fullmatch(run):
            mark_interrupted(self.store)
            row = self.store.find_run(run) if self.store.read(run, limit=1) else None
            if row is not None and row.run == run and row.root == str(self.root):
                return row
        raise NotFoundError(f"There is no run '{run}' of this repository")

    def numbered(self, number: int) -> RunRow:
        """The run with the API's number. Raises ``NotFoundError``."""
        found = self.store.run_with_id(number, str(self.root))
        if found is None:
            raise NotFoundError(f"There is no run {number} of this repository")
        return self.row(found.run)

    def artifacts(self, run: str) -> FolderArtifacts:
        """What a run kept and has still."""
        return FolderArtifacts(self.store.folder(run) / "artifacts")

    def state(self, run: str) -> RunState:
        """What has become of a run so far. Raises ``NotFoundError``."""
        return load_state(self.store, self.row(run).run)

    def inputs(self, run: str, cap: Cap = _LIVE) -> Inputs:
        """How a run's logs are read."""
        return Inputs(log_reader(self.store.folder(run)), lambda _: "", {}, cap)

    def files(self) -> tuple[Path, ...]:
        """The workflow files; none where there are none."""
        return find_files(self.root, ()) if any((self.root / WORKFLOWS).glob("*.y*ml")) else ()

    def path(self, name: str) -> Path:
        """The workflow file of this name, such as ``ci.yml``. Raises ``NotFoundError``."""
        for path in self.files():
            if path.name == name:
                return path
        raise NotFoundError(f"There is no workflow '{name}' in {WORKFLOWS}")

    def workflow(self, name: str) -> ReadWorkflow:
        """A workflow by its file's name. Raises ``NotFoundError``, ``InvalidInputError``."""
        (read,) = read_workflows(self.root, [self.path(name)])
        return read

    def cards(self, rows: Sequence[RunRow]) -> list[WorkflowCard]:
        """Every workflow with its newest run among the rows."""
        last: dict[str, RunRow] = {}
        for row in rows:
            last.setdefault(row.workflow_file, row)
        return [self._card(path, last.get(display_name(self.root, path))) for path in self.files()]

    def _card(self, path: Path, last: RunRow | None) -> WorkflowCard:
        kept = self._kept(path)
        workflow = kept.read.workflow if kept.read else None
        return WorkflowCard(
            file=display_name(self.root, path),
            name=workflow.name.value if workflow and workflow.name else path.name,
            triggers=tuple(workflow.triggers) if workflow else (),
            problem=kept.problem,
            last=last,
        )

    def _kept(self, path: Path) -> _Kept:
        """What is in the file, read again only when it has changed."""
        try:
            facts = path.stat()
        except OSError as error:
            return _Kept((0, 0), None, f"can't be read: {error.strerror}")
        now = (facts.st_mtime_ns, facts.st_size)
        known = self._read.get(path)
        if known is None or known.facts != now:
            known = self._read[path] = self._looked_at(path, now)
        return known

    def _looked_at(self, path: Path, now: tuple[int, int]) -> _Kept:
        try:
            (read,) = read_workflows(self.root, [path])
        except InvalidInputError as error:
            return _Kept(now, None, error.diagnostics[0].message)
        except UsageError as error:
            return _Kept(now, None, error.message)
        return _Kept(now, read)
