"""Workflows that jobs call: read once, before anything starts."""

from __future__ import annotations

from pathlib import Path

from sluice.app.repository import read_workflows
from sluice.source.diagnostics import Diagnostic
from sluice.source.errors import InvalidInputError, UnavailableError
from sluice.workflow.model import Located, ReusableJob, Workflow

DEEPEST = 10


class CalledWorkflows:
    """The workflows reachable from one, by the ``uses`` that names them."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[str, Workflow] = {}

    def find(self, caller: str, uses: str) -> Workflow:  # noqa: ARG002 (a remote caller's own folder will matter)
        """The workflow that ``uses`` names in the file ``caller``."""
        return self._known[uses]

    def check(self, workflow: Workflow, depth: int = 1) -> None:
        """Read everything that ``workflow`` calls, however deep. Raises ``InvalidInputError``."""
        for job in workflow.jobs.values():
            if isinstance(job, ReusableJob):
                self._read(job.uses, depth)

    def _read(self, uses: Located[str], depth: int) -> None:
        if depth > DEEPEST:
            raise InvalidInputError([_found(uses, f"Workflows call each other more than {DEEPEST} deep")])
        if uses.value in self._known:
            return
        if not uses.value.startswith("./"):
            raise UnavailableError(f"The workflow '{uses.value}' is in another repository")
        path = self._root / uses.value.removeprefix("./")
        if not path.is_file():
            raise InvalidInputError([_found(uses, f"workflow was not found: {uses.value}")])
        (read,) = read_workflows(self._root, [path])
        self._known[uses.value] = read.workflow
        self.check(read.workflow, depth + 1)


def _found(uses: Located[str], message: str) -> Diagnostic:
    return Diagnostic(span=uses.span, rule="called-workflow", message=message)
