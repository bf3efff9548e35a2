"""Where a workflow's file comes from. In: repository, path, ref, commit. Out: ``job.workflow_*``."""

from __future__ import annotations

from dataclasses import dataclass

from sluice.expressions.values import Dictionary
from sluice.workflow.model import Workflow


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class CalledWorkflow:
    """A workflow with where it comes from."""

    workflow: Workflow
    origin: Origin
