"""Whether a job runs. In: its ``if``, the contexts, and how its ancestors ended. Out: run or skip, why, and every
value that the condition was made of.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import suppress

from msgspec import Struct
from msgspec.structs import replace

from sluice.events.model import TracedValue
from sluice.expressions.conversion import is_truthy
from sluice.expressions.errors import ExpressionError
from sluice.expressions.evaluator import evaluate, trace
from sluice.expressions.syntax import Call, Compare, ContextAccess, Expression, Index, Logical, Not, Wildcard
from sluice.expressions.values import Dictionary, Value, to_python
from sluice.plan.graph.model import Graph
from sluice.plan.problems import problem
from sluice.plan.rules.results import End, blockers, status_functions
from sluice.workflow.evaluation import Scope
from sluice.workflow.model import Condition

VALUE_LIMIT = 2000
"""Characters of JSON that are kept of one traced value."""


class Decision(Struct, frozen=True, kw_only=True):
    """``runs`` or not; ``reason`` says why not, in a few words; ``values`` are what the condition looked at, in order
    of evaluation, then what it did not need to look at any more.
    """

    runs: bool
    expression: str
    values: tuple[TracedValue, ...]
    reason: str = ""


def decide_job(
    graph: Graph, key: str, ends: Mapping[str, End], scope: Scope, *, run_cancelled: bool = False
) -> Decision:
    """Whether a node's job runs, decided before its matrix is expanded.

    ``ends`` has every ancestor's end. ``scope`` has github, inputs, vars and needs; the status functions are added
    here. Raises ``InvalidInputError``.
    """
    condition = graph.nodes[key].job.condition
    functions = status_functions(graph, key, ends, cancelled=run_cancelled)
    full = Scope(contexts=scope.contexts, functions={**scope.functions, **functions})
    decision = decide(condition, full, what=f"job '{graph.nodes[key].job.id}'")
    if decision.runs:
        return decision
    reason = _reason(graph, key, ends, condition, run_cancelled=run_cancelled)
    return Decision(runs=False, expression=decision.expression, values=decision.values, reason=reason)


def decide(condition: Condition, scope: Scope, *, what: str) -> Decision:
    """Evaluate an ``if`` with a trace; ``what`` names its job or step in an error. Raises ``InvalidInputError``."""
    try:
        value, traced = trace(condition.expression, scope.contexts, scope.functions)
    except ExpressionError as error:
        raise problem(condition.span, "expression", f"Error when evaluating 'if' for {what}. {error}") from error
    looked_at = {(part.start, part.end) for part, _ in traced}
    into = {(part.operand.start, part.operand.end) for part, _ in traced if isinstance(part, Index)}
    values = (
        *(_traced(condition.source, part, worth) for part, worth in traced if _is_telling(part, worth, into)),
        *_unused(condition, scope, looked_at),
    )
    runs = is_truthy(value)
    return Decision(runs=runs, expression=condition.source, values=values, reason="" if runs else "its 'if' is false")


def _reason(graph: Graph, key: str, ends: Mapping[str, End], condition: Condition, *, run_cancelled: bool) -> str:
    stopped = blockers(graph, key, ends)
    if run_cancelled:
        return "the run was cancelled"
    if not stopped or "success()" not in condition.source:
        return "its 'if' is false"
    name, result = stopped[0]
    direct = name in graph.nodes[key].needs
    verb = {"failure": "failed", "cancelled": "was cancelled", "skipped": "was skipped"}[result]
    return f"'{graph.nodes[name].job.id}', which it needs{'' if direct else ' farther up'}, {verb}"


def _is_telling(part: Expression, worth: Value, into: set[tuple[int, int]]) -> bool:
    """A context, or an object that was looked ``into``, says nothing that its looked-up part does not say better."""
    whole = isinstance(part, ContextAccess) or (part.start, part.end) in into
    return not (isinstance(part, Wildcard) or (whole and isinstance(worth, Dictionary)))


def _unused(condition: Condition, scope: Scope, looked_at: set[tuple[int, int]]) -> Iterator[TracedValue]:
    """What ``&&`` and ``||`` passed over: a reader wants to know what would have counted next."""
    for part in _named(condition.expression):
        if (part.start, part.end) not in looked_at:
            with suppress(ExpressionError):
                worth = evaluate(part, scope.contexts, scope.functions)
                yield replace(_traced(condition.source, part, worth), unused=True)


def _named(node: Expression) -> Iterator[Expression]:
    """The named values in an expression, whole, and its calls without arguments."""
    match node:
        case ContextAccess() | Index():
            yield node
        case Call(arguments=()):
            yield node
        case Call(arguments=parts) | Logical(operands=parts):
            for part in parts:
                yield from _named(part)
        case Not(operand=operand):
            yield from _named(operand)
        case Compare(left=left, right=right):
            yield from _named(left)
            yield from _named(right)


def _traced(source: str, part: Expression, worth: Value) -> TracedValue:
    text = json.dumps(_plain(worth), ensure_ascii=False)
    if len(text) > VALUE_LIMIT:
        text = json.dumps(f"{text[:VALUE_LIMIT]}… ({len(text)} characters)", ensure_ascii=False)
    return TracedValue(source=source[part.start : part.end], value=text)


def _plain(worth: Value) -> object:
    """JSON has no NaN and no infinity: they become their names."""
    if isinstance(worth, float) and not math.isfinite(worth):
        return {"inf": "Infinity", "-inf": "-Infinity"}.get(str(worth), "NaN")
    return to_python(worth)
