"""What the rules look at: a workflow, its text, the manifests that can be had, and every expression in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from sluice.expressions.paths import Path, paths_in
from sluice.expressions.syntax import Expression
from sluice.source.positions import Span
from sluice.workflow.lint.places import SourceText
from sluice.workflow.model import ActionManifest, ActionStep, Job, NormalJob, RunStep, Step, Workflow
from sluice.workflow.sites import Site, collect_sites

Actions: TypeAlias = Callable[[str], ActionManifest | None]


@dataclass(frozen=True)
class Subject:
    """One workflow to look at. ``actions`` gives the manifest for a ``uses`` text, if it can be had.

    ``labels`` are those of the author's own runners, in lower case.
    """

    workflow: Workflow
    text: str
    actions: Actions
    labels: frozenset[str] = frozenset()

    @cached_property
    def source(self) -> SourceText:
        """The file's text by places."""
        return SourceText(self.text)

    @cached_property
    def sites(self) -> tuple[Site, ...]:
        """Every expression in the file, in the order of the model."""
        return tuple(collect_sites(self.workflow))

    def place(self, site: Site, node: Expression) -> Span:
        """Where a part of an expression stands in the file."""
        return self.source.find(site.span, site.source[node.start : node.end])

    def reads(self, *contexts: str) -> Iterator[tuple[Site, Path]]:
        """Every read of one of the contexts (lower case), with the expression it stands in."""
        for site in self.sites:
            for path in paths_in(site.expression):
                if path.context in contexts:
                    yield site, path

    def sites_of(self, job: Job) -> Iterator[Site]:
        """The expressions of one job."""
        return (site for site in self.sites if site.job is job)

    def normal_jobs(self) -> Iterator[NormalJob]:
        """The jobs that have steps."""
        return (job for job in self.workflow.jobs.values() if isinstance(job, NormalJob))

    def steps(self) -> Iterator[tuple[NormalJob, Step]]:
        """Every step with its job."""
        return ((job, step) for job in self.normal_jobs() for step in job.steps)

    def run_steps(self) -> Iterator[tuple[NormalJob, RunStep]]:
        """The steps with a script."""
        return ((job, step) for job, step in self.steps() if isinstance(step, RunStep))

    def action_steps(self) -> Iterator[tuple[NormalJob, ActionStep]]:
        """The steps with an action."""
        return ((job, step) for job, step in self.steps() if isinstance(step, ActionStep))
