"""Rules for ``needs``: what a job waits for, and what it reads of other jobs."""

from __future__ import annotations

from collections.abc import Iterator

from sluice.expressions.paths import paths_in
from sluice.source.diagnostics import Severity
from sluice.workflow.lint.rule import Finding, rule
from sluice.workflow.lint.subject import Subject
from sluice.workflow.model import Job, Located, NormalJob, ReusableJob

_NEED_PROPERTIES = ("outputs", "result")


def _job_called(subject: Subject, name: str) -> Job | None:
    return next((job for id_, job in subject.workflow.jobs.items() if id_.lower() == name), None)


@rule(
    Severity.WARNING,
    "A job sees only the jobs in its own needs; what it reads of another one is empty.",
    "if: needs.build.result == 'success' in a job without needs: build",
)
def undeclared_need(subject: Subject) -> Iterator[Finding]:
    """Reads of ``needs.x`` where x is not in the job's ``needs``."""
    for site, path in subject.reads("needs"):
        name = path.name(1)
        if site.job is None or name is None:
            continue
        declared = [need.value for need in site.job.needs]
        if name not in {need.lower() for need in declared}:
            exists = _job_called(subject, name) is not None
            reason = f"'{path.written[1]}' is not in its 'needs'" if exists else f"there is no job '{path.written[1]}'"
            yield Finding(
                span=subject.place(site, path.node),
                message=f"The job '{site.job.id}' reads needs.{path.written[1]}, but {reason}",
                hint=f"add '{path.written[1]}' to the needs of '{site.job.id}'" if exists else None,
                allowed=tuple(declared),
            )


@rule(
    Severity.WARNING,
    "Of another job only `result` and `outputs` can be read.",
    "if: needs.build.outcome == 'success'",
)
def unknown_need_property(subject: Subject) -> Iterator[Finding]:
    """Other properties of ``needs.x``."""
    for site, path in subject.reads("needs"):
        name = path.name(2)
        if name is not None and name not in _NEED_PROPERTIES:
            yield Finding(
                span=subject.place(site, path.node),
                message=f"needs.{path.written[1] or '*'} has no '{path.written[2]}'; it is always empty",
                allowed=_NEED_PROPERTIES,
            )


@rule(
    Severity.WARNING,
    "An output that the needed job does not define is empty.",
    "run: echo ${{ needs.build.outputs.vesrion }}",
)
def undefined_job_output(subject: Subject) -> Iterator[Finding]:
    """Reads of outputs of jobs that don't define them, from other jobs and from the workflow's own outputs."""
    for context in ("needs", "jobs"):
        for site, path in subject.reads(context):
            job, name = _job_called(subject, path.name(1) or ""), path.name(3)
            if path.name(2) != "outputs" or name is None or not isinstance(job, NormalJob):
                continue
            if site.job and job.id not in {need.value for need in site.job.needs}:
                continue  # undeclared-need tells
            defined = _defined_outputs(job)
            if defined is not None and name not in {output.lower() for output in defined}:
                yield Finding(
                    span=subject.place(site, path.node),
                    message=f"The job '{job.id}' has no output '{path.written[3]}'; it is always empty",
                    allowed=defined,
                )


def _defined_outputs(job: NormalJob) -> tuple[str, ...] | None:
    """The names of a job's outputs; ``None`` where one of them is only known later."""
    if job.outputs is None:
        return ()
    names = tuple(key.value for key, _ in job.outputs.literal_items())
    return names if len(names) == len(job.outputs.entries) else None


@rule(
    Severity.NOTICE,
    "A need that another need already waits for, and that nothing reads, changes nothing.",
    "needs: [lint, test] where test needs lint itself",
)
def redundant_need(subject: Subject) -> Iterator[Finding]:
    """Needs that are needs of other needs and are not read."""
    for job in subject.workflow.jobs.values():
        read = _needs_read(subject, job)
        for need in job.needs:
            through = _through(subject, job, need)
            if through is not None and read is not None and need.value.lower() not in read:
                yield Finding(
                    span=need.span,
                    message=f"The job '{job.id}' waits for '{need.value}' already through '{through.value}'",
                    hint=f"remove '{need.value}' from its needs",
                )


@rule(
    Severity.NOTICE,
    "A need that makes outputs, of which the job reads none, only makes it wait; it is unused if the order does not "
    "matter.",
    "needs: version in a job that reads none of the outputs of version",
)
def unused_need(subject: Subject) -> Iterator[Finding]:
    """Needs with outputs that are neither read nor redundant; one without outputs is there for the order."""
    for job in subject.workflow.jobs.values():
        read = _needs_read(subject, job)
        if read is None:
            continue
        for need in job.needs:
            if need.value.lower() in read or _through(subject, job, need) is not None:
                continue
            if _makes_outputs(subject, need):
                yield Finding(
                    span=need.span,
                    message=f"The job '{job.id}' reads none of the outputs of '{need.value}': it only waits for it",
                    hint="remove it if the order does not matter",
                )


def _makes_outputs(subject: Subject, need: Located[str]) -> bool:
    needed = _job_called(subject, need.value.lower())
    return isinstance(needed, NormalJob) and needed.outputs is not None


def _needs_read(subject: Subject, job: Job) -> frozenset[str] | None:
    """The needs that a job reads; ``None`` where it reads all of them or one that is computed."""
    names: set[str] = set()
    for site in subject.sites_of(job):
        for path in paths_in(site.expression):
            if path.context == "needs":
                name = path.name(1)
                if name is None:
                    return None
                names.add(name)
    return frozenset(names)


def _through(subject: Subject, job: Job, need: Located[str]) -> Located[str] | None:
    """Another need of the job that waits for this one; in a cycle, which the parser tells, nothing is redundant."""
    others = (other for other in job.needs if other.value != need.value)
    return next((other for other in others if _waits_for(subject, other.value, need.value)), None)


def _waits_for(subject: Subject, waiting: str, wanted: str) -> bool:
    """Whether a job waits for another one through one need or more."""
    seen: set[str] = set()
    open_ids = [waiting]
    while open_ids:
        job = subject.workflow.jobs.get(open_ids.pop())
        for need in job.needs if isinstance(job, (NormalJob, ReusableJob)) else ():
            if need.value == wanted:
                return True
            if need.value not in seen:
                seen.add(need.value)
                open_ids.append(need.value)
    return False


RULES = (undeclared_need, unknown_need_property, undefined_job_output, redundant_need, unused_need)
