"""Rules for the ``steps`` context: steps that are not there, or not there yet, and outputs that nothing sets."""

from __future__ import annotations

from collections.abc import Iterator

from sluice.source.diagnostics import Severity
from sluice.workflow.lint.rule import Finding, rule
from sluice.workflow.lint.subject import Subject
from sluice.workflow.model import ActionStep, ActionUsing, NormalJob, Step
from sluice.workflow.sites import Site

_STEP_PROPERTIES = ("conclusion", "outcome", "outputs")
_OPEN_OUTPUTS = frozenset(
    (
        "actions/github-script",
        "dorny/paths-filter",
        "googleapis/release-please-action",
        "hashicorp/vault-action",
        "tj-actions/changed-files",
    )
)
"""Actions whose inputs decide which outputs there are: a script sets them, or each filter is one."""


def _step_named(site: Site, name: str | None) -> Step | None:
    steps = site.job.steps if isinstance(site.job, NormalJob) else ()
    return next((step for step in steps if step.id.lower() == name), None)


def _earlier_ids(site: Site) -> tuple[str, ...]:
    """The ids of the steps that are done where the expression is evaluated; of all steps outside of steps."""
    ids: list[str] = []
    for step in site.job.steps if isinstance(site.job, NormalJob) else ():
        if step is site.step:
            break
        ids.append(step.id)
    return tuple(ids)


@rule(
    Severity.WARNING,
    "What is read of a step that does not exist, or comes later, is empty.",
    "run: echo ${{ steps.biuld.outputs.path }}",
)
def undefined_step(subject: Subject) -> Iterator[Finding]:
    """Reads of ``steps.x`` where x is no earlier step of the same job."""
    for site, path in subject.reads("steps"):
        name = path.name(1)
        earlier = _earlier_ids(site)
        if name is None or name in {id_.lower() for id_ in earlier}:
            continue
        later = _step_named(site, name)
        if later is None:
            message = f"There is no step '{path.written[1]}' in this job; what is read of it is empty"
        else:
            message = f"The step '{path.written[1]}' comes later; what is read of it here is empty"
        yield Finding(
            span=subject.place(site, path.node),
            message=message,
            allowed=tuple(id_ for id_ in earlier if not id_.startswith("__")),
        )


@rule(
    Severity.WARNING,
    "Of a step only `outputs`, `outcome` and `conclusion` can be read.",
    "if: steps.test.result == 'success'",
)
def unknown_step_property(subject: Subject) -> Iterator[Finding]:
    """Other properties of ``steps.x``."""
    for site, path in subject.reads("steps"):
        name = path.name(2)
        if name is not None and name not in _STEP_PROPERTIES:
            yield Finding(
                span=subject.place(site, path.node),
                message=f"steps.{path.written[1] or '*'} has no '{path.written[2]}'; it is always empty",
                allowed=_STEP_PROPERTIES,
            )


@rule(
    Severity.WARNING,
    "An output that the step's action does not define is empty.",
    "run: echo ${{ steps.cache.outputs.cache-hits }}",
)
def undefined_step_output(subject: Subject) -> Iterator[Finding]:
    """Reads of outputs that the action's manifest does not list (JavaScript actions may set others, but should not)."""
    for site, path in subject.reads("steps"):
        step, name = _step_named(site, path.name(1)), path.name(3)
        if path.name(2) != "outputs" or name is None or not isinstance(step, ActionStep):
            continue
        manifest = subject.actions(step.uses.value)
        if manifest is None or manifest.using is ActionUsing.DOCKER or _names_its_own_outputs(step):
            continue
        names = tuple(manifest.outputs)
        if names and name not in {output.lower() for output in names}:
            yield Finding(
                span=subject.place(site, path.node),
                message=f"'{step.uses.value}' has no output '{path.written[3]}'",
                allowed=names,
            )


def _names_its_own_outputs(step: ActionStep) -> bool:
    return step.uses.value.partition("@")[0].lower() in _OPEN_OUTPUTS


RULES = (undefined_step, unknown_step_property, undefined_step_output)
