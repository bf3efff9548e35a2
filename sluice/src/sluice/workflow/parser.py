"""A workflow file's text to the typed model. In: text and file name. Out: a ``Workflow`` and every diagnostic.

The parts are read by ``trigger_parser``, ``job_parser`` and ``step_parser``; what concerns several jobs is checked
here.
"""

from __future__ import annotations

from collections.abc import Mapping

from sluice.source.diagnostics import Diagnostic
from sluice.source.positions import Span
from sluice.workflow.availability import add_refusals, refusals
from sluice.workflow.fields import Fields, Problems
from sluice.workflow.job_parser import parse_concurrency, parse_defaults, parse_job, parse_permissions
from sluice.workflow.model import Job, Workflow
from sluice.workflow.tokens import MappingToken
from sluice.workflow.trigger_parser import parse_triggers
from sluice.workflow.yaml_reader import LIMITS, Limits, read_yaml

_KEYS = ("name", "run-name", "on", "permissions", "env", "defaults", "concurrency", "jobs")


def parse_workflow(text: str, file: str, limits: Limits = LIMITS) -> tuple[Workflow | None, list[Diagnostic]]:
    """The workflow, ``None`` when nothing of it can be read; an error among the diagnostics means it can't run."""
    root, found = read_yaml(text, file, limits)
    problems = Problems(found)
    if root is None:
        if not found:
            problems.add(Span.at(file), "required-property", "Required property is missing: jobs", hint="it is empty")
        return None, problems.found
    if not isinstance(root, MappingToken):
        problems.add(root.span, "unexpected-type", "A mapping was expected", hint="a workflow has `on` and `jobs`")
        return None, problems.found
    workflow = _workflow(Fields(root, problems, root.span), file)
    add_refusals(refusals(workflow), problems)
    return workflow, sorted(problems.found, key=lambda found: (found.span.start.line, found.span.start.column))


def _workflow(fields: Fields, file: str) -> Workflow:
    fields.check(_KEYS)
    fields.required("on")
    fields.required("jobs")
    fields.plain("name")
    fields.no_expression("name")
    entries = fields.fields("jobs").literal_items()
    jobs = {key.value: parse_job(key, value, fields.problems) for key, value in entries}
    if _check_known(jobs, fields.problems) and _check_start(jobs, fields):
        _check_cycles(jobs, fields.problems)
    return Workflow(
        file=file,
        name=fields.located("name"),
        run_name=fields.get("run-name"),
        triggers=parse_triggers(fields),
        permissions=parse_permissions(fields),
        env=fields.texts("env"),
        defaults=parse_defaults(fields, expressions=False),
        concurrency=parse_concurrency(fields),
        jobs=jobs,
    )


def _check_known(jobs: Mapping[str, Job], problems: Problems) -> bool:
    known = {name.lower() for name in jobs}
    unknown = [(job, need) for job in jobs.values() for need in job.needs if need.value.lower() not in known]
    for job, need in unknown:
        message = f"Job '{job.id}' depends on unknown job '{need.value}'."
        problems.add(need.span, "unknown-need", message, sorted(jobs))
    return not unknown


def _check_start(jobs: Mapping[str, Job], workflow: Fields) -> bool:
    if any(not job.needs for job in jobs.values()):
        return True
    written = workflow.get("jobs")
    if not jobs and isinstance(written, MappingToken):
        workflow.problems.add(written.span, "no-jobs", "No jobs defined in `jobs`")
    elif jobs:
        first, message = next(iter(jobs.values())), "The workflow must contain at least one job with no dependencies."
        workflow.problems.add(first.place or first.span, "needs-cycle", message)
    return False


def _check_cycles(jobs: Mapping[str, Job], problems: Problems) -> None:
    """Name each need that leads back to the job that has it."""
    known = {name.lower(): name for name in jobs}
    for name, job in jobs.items():
        for need in job.needs:
            if _leads_back(known[need.value.lower()], name, jobs, known):
                message = f"Job '{name}' depends on job '{need.value}' which creates a cycle in the dependency graph."
                problems.add(need.span, "needs-cycle", message)


def _leads_back(start: str, target: str, jobs: Mapping[str, Job], known: Mapping[str, str]) -> bool:
    waiting, seen = [start], set[str]()
    while waiting:
        name = waiting.pop()
        if name == target:
            return True
        if name not in seen:
            seen.add(name)
            waiting += [known[need.value.lower()] for need in jobs[name].needs]
    return False
