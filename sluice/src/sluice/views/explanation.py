"""Why a job or a step ran, or didn't. In: a run's state and a key. Out: lines with each condition and its values."""

from __future__ import annotations

from collections.abc import Iterator

from sluice.events.model import ConditionEvaluated
from sluice.events.state import JobState, NodeState, RunState, StepState
from sluice.views.lines import BLANK, Line, line
from sluice.views.wording import VERDICTS


def explain_job(state: RunState, key: str) -> list[Line]:
    """The job's conditions, its needs, its end; then a line for each of its steps."""
    job = state.jobs[key]
    node = state.nodes.get(job.node)
    lines = [line((job.name, "strong"), f"  {_end(job)}"), BLANK]
    lines += list(_needs(state, node))
    for condition in state.conditions_of(key):
        lines += list(_condition(condition))
    if job.reason:
        lines.append(line("because ", (job.reason, "strong")))
    if job.steps:
        lines += [BLANK, line(("steps", "heading"))]
        lines += [line(f"  {step.key:>7}  {step.name or step.id}  ", _verdict(step)) for step in job.top_steps()]
    return lines


def explain_step(state: RunState, job: str, step: str) -> list[Line]:
    """The step's conditions in the order in which they were asked, and its end."""
    found = state.jobs[job].steps[step]
    lines = [line((found.name or found.id, "strong"), "  ", _verdict(found)), BLANK]
    for condition in found.conditions:
        lines += list(_condition(condition))
    if not found.conditions:
        lines.append(line("it has no condition: it runs whenever its turn comes"))
    if found.outcome != found.conclusion and found.outcome is not None:
        lines.append(line(f"outcome {found.outcome}, conclusion {found.conclusion}: continue-on-error let it pass"))
    if found.reason:
        lines.append(line("because ", (found.reason, "strong")))
    return lines


def _condition(condition: ConditionEvaluated) -> Iterator[Line]:
    worth = "true" if condition.result else "false"
    yield line("if  ", (condition.expression, "code"), "  is ", (worth, "success" if condition.result else "failure"))
    width = max((len(part.source) for part in condition.values), default=0)
    for part in condition.values:
        yield line(f"    {part.source:<{width}}  = ", (part.value, "quiet"))


def _needs(state: RunState, node: NodeState | None) -> Iterator[Line]:
    for need in node.needs if node else ():
        result = state.nodes[need].conclusion or "not done"
        yield line(f"needs {state.nodes[need].name}: ", (VERDICTS.get(result, result), result))


def _end(job: JobState) -> str:
    return VERDICTS.get(job.conclusion or "", job.status)


def _verdict(step: StepState) -> tuple[str, str]:
    return VERDICTS.get(step.conclusion or "", step.status), step.conclusion or "pending"
