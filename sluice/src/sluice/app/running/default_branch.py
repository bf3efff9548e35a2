"""The workflow files of the default branch: what ``pull_request_target`` runs on GitHub, whatever a pull request has.

Since December 2025 the file, ``GITHUB_REF`` and ``GITHUB_SHA`` are the default branch's, no longer those of the base.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from sluice.app.root import WORKFLOWS
from sluice.app.workflows.repository import ReadWorkflow, find_files, read_workflows
from sluice.repository.snapshot import Snapshot, extract
from sluice.source.errors import UsageError

TARGETED = "pull_request_target"


class DefaultBranch:
    """The default branch of a snapshot, whose files are looked at when somebody asks for them."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._name = snapshot.default_branch

    def workflows(self) -> tuple[ReadWorkflow, ...]:
        """Every workflow of the branch. Raises ``UsageError`` when it has none."""
        try:
            return read_workflows(self._folder, find_files(self._folder, ()))
        except UsageError as error:
            raise UsageError(f"{self._told} '{self._name}', which has no workflow") from error

    def workflow(self, found: ReadWorkflow) -> ReadWorkflow:
        """The same file as the branch has it. Raises ``UsageError`` when it doesn't."""
        if self._snapshot.ref == f"refs/heads/{self._name}" or found.root == self._folder:
            return found
        path = self._folder / found.file
        if not path.is_file():
            raise UsageError(
                f"{self._told} '{self._name}', which has no {found.file}",
                hint=f"commit it to {self._name}, or run it as --event pull_request",
            )
        return read_workflows(self._folder, [path])[0]

    @property
    def _told(self) -> str:
        return f"{TARGETED} runs the workflow file of the default branch"

    @cached_property
    def _folder(self) -> Path:
        return extract(self._snapshot, f"refs/heads/{self._name}", WORKFLOWS.as_posix())
