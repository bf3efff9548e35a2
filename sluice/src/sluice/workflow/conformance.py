"""Carries out a case of GitHub's workflow conformance data. In: the case. Out: what its last part should be."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from sluice.source.diagnostics import Diagnostic, Severity
from sluice.workflow.calling import Granted, asked, check_call, granted
from sluice.workflow.conformance_case import Fixture
from sluice.workflow.model import ReusableJob, Workflow
from sluice.workflow.parser import parse_workflow
from sluice.workflow.template_json import Json, Template
from sluice.workflow.tokens import MappingToken
from sluice.workflow.yaml_reader import LIMITS, Limits, read_yaml

_WITHOUT_PLACE = frozenset({"limit", "yaml-tag"})
_MOST_NESTING = 4


class _Refused(Exception):  # noqa: N818 (it never leaves this module)
    """The case ends with one error that has no place."""


class _Case:
    def __init__(self, fixture: Fixture) -> None:
        self._fixture = fixture
        self._limits = Limits(depth=fixture.options.most_depth or LIMITS.depth)
        self._known: dict[str, tuple[Workflow, MappingToken]] = {}
        self.found: list[Diagnostic] = []
        self.jobs = 0

    def read(self, text: str, file: str) -> tuple[Workflow, MappingToken] | None:
        workflow, found = parse_workflow(text, file, self._limits)
        self.found += [one for one in map(self._strictly, found) if one.severity is Severity.ERROR]
        root, _ = read_yaml(text, file, self._limits)
        return None if workflow is None or not isinstance(root, MappingToken) else (workflow, root)

    def _strictly(self, found: Diagnostic) -> Diagnostic:
        """GitHub's editor refuses what its service only leaves unread."""
        if self._fixture.options.service or found.rule != "unused-key":
            return found
        name = found.message.split("'")[1]
        return replace(found, severity=Severity.ERROR, message=f"Unexpected value '{name}'")

    def called(self, uses: str) -> tuple[Workflow, MappingToken] | None:
        if not self._fixture.options.called:
            return None
        if uses not in self._known and uses in self._fixture.others:
            read = self.read(self._fixture.others[uses], uses)
            if read is not None:
                self._known[uses] = read
        return self._known.get(uses)

    def check(self, workflow: Workflow, above: Granted, depth: int = 1) -> None:
        self.jobs += len(workflow.jobs)
        most = self._fixture.options.most_nesting or _MOST_NESTING
        for job in workflow.jobs.values():
            if not isinstance(job, ReusableJob) or not self._fixture.options.called:
                continue
            if depth > most:
                raise _Refused(f"Nested reusable workflow depth exceeded {most}.")
            found = self.called(job.uses.value)
            if found is not None:
                allowed = asked(job.permissions or workflow.permissions, above)
                self.found += check_call(job, workflow, found[0], allowed)
                self.check(found[0], allowed, depth + 1)


def outcome(fixture: Fixture) -> Json:
    """``jobs`` and what belongs to them, or ``errors``."""
    case = _Case(fixture)
    read = case.read(fixture.workflow, fixture.file)
    if read is None or case.found:
        return _errors(case.found)
    workflow, root = read
    try:
        case.check(workflow, granted(fixture.options.permissions))
    except _Refused as refused:
        return {"errors": [{"Message": str(refused)}]}
    most = fixture.options.most_jobs
    if most is not None and case.jobs > most:
        return {"errors": [{"Message": f"The workflow may not contain more than {most} jobs"}]}
    if case.found:
        return _errors(case.found)
    result = Template(places=fixture.options.include_source, called=case.called).workflow(workflow, root)
    if not fixture.options.service:
        result.pop("input-types", None)
    if fixture.options.partial:
        result["file-table"] = [*sorted(fixture.others), fixture.file]
    return result


def _errors(found: list[Diagnostic]) -> Json:
    return {"errors": [{"Message": message} for message in _messages(found)]}


def _messages(found: list[Diagnostic]) -> Iterator[str]:
    for one in found:
        start = one.span.start
        place = "" if one.rule in _WITHOUT_PLACE else f" (Line: {start.line}, Col: {start.column})"
        yield f"{one.span.file}{place}: {one.message}"
