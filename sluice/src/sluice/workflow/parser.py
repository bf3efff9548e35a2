"""A workflow file's text to the typed model. In: text and file name. Out: a ``Workflow`` and every diagnostic.

The parts are read by ``trigger_parser``, ``job_parser`` and ``step_parser``; what concerns several jobs is checked
here.
"""

from __future__ import annotations

from collections.abc import Mapping

from sluice.source.diagnostics import Diagnostic
from sluice.source.positions import Span
from sluice.workflow.fields import Fields, Problems
from sluice.workflow.job_parser import parse_concurrency, parse_defaults, parse_job, parse_permissions
from sluice.workflow.model import Job, Workflow
from sluice.workflow.tokens import MappingToken
from sluice.workflow.trigger_parser import parse_triggers
from sluice.workflow.yaml_reader import read_yaml

_KEYS = ("name", "run-name", "on", "permissions", "env", "defaults", "concurrency", "jobs")


def parse_workflow(text: str, file: str) -> tuple[Workflow | None, list[Diagnostic]]:
    """The workflow, ``None`` when nothing of it can be read; an error among the diagnostics means it can't run."""
    root, found = read_yaml(text, file)
    problems = Problems(found)
    if root is None:
        if not found:
            problems.add(Span.at(file), "required-property", "Required property is missing: jobs", hint="it is empty")
        return None, problems.found
    if not isinstance(root, MappingToken):
        problems.add(root.span, "unexpected-type", "A mapping was expected", hint="a workflow has `on` and `jobs`")
        return None, problems.found
    return _workflow(Fields(root, problems, root.span), file), problems.found


def _workflow(fields: Fields, file: str) -> Workflow:
    fields.check(_KEYS)
    fields.required("on")
    fields.required("jobs")
    jobs = {key.value: parse_job(key, value, fields.problems) for key, value in fields.fields("jobs").literal_items()}
    _check_needs(jobs, fields.problems)
    return Workflow(
        file=file,
        name=fields.located("name"),
        run_name=fields.get("run-name"),
        triggers=parse_triggers(fields),
        permissions=parse_permissions(fields),
        env=fields.get("env"),
        defaults=parse_defaults(fields),
        concurrency=parse_concurrency(fields),
        jobs=jobs,
    )


def _check_needs(jobs: Mapping[str, Job], problems: Problems) -> None:
    known = {name.lower(): name for name in jobs}
    for job in jobs.values():
        for need in job.needs:
            if need.value.lower() not in known:
                message = f"Job '{job.id}' depends on unknown job '{need.value}'."
                problems.add(need.span, "unknown-need", message, sorted(jobs))
    if not any(found.rule == "unknown-need" for found in problems.found):
        _check_cycles(jobs, known, problems)


def _check_cycles(jobs: Mapping[str, Job], known: Mapping[str, str], problems: Problems) -> None:
    """Take away jobs whose needs are gone until none is left; what stays is in a cycle or behind one."""
    left = dict(jobs)
    while ready := [name for name, job in left.items() if not {known[n.value.lower()] for n in job.needs} & set(left)]:
        for name in ready:
            del left[name]
    for name, job in left.items():
        needs = ", ".join(need.value for need in job.needs)
        message = f"Job '{name}' depends on job(s) that depend on it: {needs}."
        problems.add(job.needs[0].span, "needs-cycle", message)
