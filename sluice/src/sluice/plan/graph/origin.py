"""Where a workflow's file comes from. In: repository, path, ref, commit. Out: ``job.workflow_*``."""

from __future__ import annotations

from msgspec import Struct

from sluice.expressions.values import Dictionary
from sluice.workflow.model import Workflow


class Origin(Struct, frozen=True, kw_only=True):
    """``path`` is relative to the repository's root; ``sha`` is empty where a folder stands for the repository."""

    repository: str
    path: str
    ref: str
    sha: str

    def context(self) -> Dictionary:
        """The ``job`` context's part (docs.github.com: job context)."""
        return Dictionary(
            {
                "workflow_ref": f"{self.repository}/{self.path}@{self.ref}",
                "workflow_sha": self.sha,
                "workflow_repository": self.repository,
                "workflow_file_path": self.path,
            }
        )


class CalledWorkflow(Struct, frozen=True, kw_only=True):
    """A workflow with where it comes from."""

    workflow: Workflow
    origin: Origin
