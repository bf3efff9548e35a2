"""Which secrets and variables a workflow uses. In: workflows. Out: each name with the jobs that need it.

What stands above the jobs (``env`` of the workflow) is used by every job. A computed name, or the context as a whole,
is ``ANY``: nobody can say before the run which one is meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum

from msgspec import Struct

from sluice.expressions.paths import Path, paths_in
from sluice.source.positions import Span
from sluice.workflow.model import ReusableJob, SecretsInherit, Workflow
from sluice.workflow.sites import Site, collect_sites

ANY = "*"
TOKEN = "GITHUB_TOKEN"  # noqa: S105 - a name
"""Every run has it: nobody gives it."""


class Kind(StrEnum):
    """Which context."""

    SECRET = "secret"  # noqa: S105 - a word
    VARIABLE = "variable"


class Use(Struct, frozen=True, kw_only=True):
    """One name: ``jobs`` need it, in file order; ``span`` is the first place where it stands."""

    kind: Kind
    name: str
    jobs: tuple[str, ...]
    span: Span


Called = Callable[[str, str], Workflow | None]
"""The workflow that a file calls by ``uses``, ``None`` where it could not be read."""

_CONTEXTS = {"secrets": Kind.SECRET, "vars": Kind.VARIABLE}
_Found = tuple[Kind, str, str, Span]


def uses_in(workflow: Workflow, called: Called) -> tuple[Use, ...]:
    """Every use, by kind and name (which ignores case); jobs of called workflows are ``caller/job``."""
    gathered: dict[tuple[Kind, str], Use] = {}
    for kind, name, job, span in _found_in(workflow, called):
        key = (kind, name.upper())
        known = gathered.get(key, Use(kind=kind, name=name, jobs=(), span=span))
        jobs = known.jobs if job in known.jobs else (*known.jobs, job)
        gathered[key] = Use(kind=kind, name=known.name, jobs=jobs, span=known.span)
    return tuple(gathered.values())


def _found_in(workflow: Workflow, called: Called, prefix: str = "") -> Iterator[_Found]:
    for site in collect_sites(workflow):
        jobs = [site.job.id] if site.job else list(workflow.jobs)
        for kind, name in _names(site):
            yield from ((kind, name, prefix + job, site.span) for job in jobs)
    for job in workflow.jobs.values():
        if isinstance(job, ReusableJob):
            yield from _found_below(workflow, job, called, prefix)


def _found_below(workflow: Workflow, job: ReusableJob, called: Called, prefix: str) -> Iterator[_Found]:
    """A called workflow sees every variable, and of the secrets only what is passed on: all of them by ``inherit``."""
    below = called(workflow.file, job.uses.value)
    if below is None:
        return
    for found in _found_in(below, called, f"{prefix}{job.id}/"):
        if found[0] is Kind.VARIABLE or job.secrets is SecretsInherit.INHERIT:
            yield found


def _names(site: Site) -> Iterator[tuple[Kind, str]]:
    for path in paths_in(site.expression):
        kind = _CONTEXTS.get(path.context)
        if kind is not None and (name := _name(path)).upper() != TOKEN:
            yield kind, name


def _name(path: Path) -> str:
    return (path.written[1] if path.name(1) else None) or ANY
