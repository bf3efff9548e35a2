"""From a job of the graph to its job runs, once its needs are done.

In: a node and the contexts that its ``strategy`` and ``name`` may see. Out: job runs with keys, names and matrix
values, or an error with diagnostics in the YAML; never nothing. A job's ``if`` is decided before this.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from msgspec import Struct

from sluice.expressions.values import Dictionary, Value
from sluice.plan.graph.matrix import Leg, expand_matrix
from sluice.plan.graph.model import Expansion, JobNode, JobRun
from sluice.plan.graph.naming import default_name, leg_key, nested_name, shorten
from sluice.plan.problems import evaluated, problem
from sluice.source.diagnostics import Diagnostic, Severity
from sluice.workflow.evaluation import Scope, evaluate_boolean, evaluate_number, evaluate_text
from sluice.workflow.model import Job, Strategy
from sluice.workflow.tokens import ExpressionToken, StringToken, Token, is_literal

_EXPRESSIONS = re.compile(r"(?:\$\{\{.*?\}\})+", re.DOTALL)


class _Limits(Struct, frozen=True, kw_only=True):
    """What a strategy says besides its matrix."""

    fail_fast: bool = True
    max_parallel: int | None = None


def expand(node: JobNode, caller_name: str, scope: Scope) -> Expansion:
    """The job runs of a node. ``scope`` has github, inputs, vars and needs.

    ``caller_name`` is the display name of the calling job run, ``''`` at the top: names become ``caller / name``.
    A matrix whose ``exclude`` leaves nothing runs once without values, as on GitHub, with a warning in ``notices``.
    Raises ``InvalidInputError``.
    """
    made = node.job.strategy
    if made is None:
        return Expansion(runs=_runs(node, caller_name, scope, None, _Limits()))
    during = f"Error when evaluating 'strategy' for job '{node.job.id}'."
    limits = _Limits(
        fail_fast=_fail_fast(made.fail_fast, scope, during),
        max_parallel=_max_parallel(made.max_parallel, scope, during),
    )
    legs = expand_matrix(made.matrix, scope) if made.matrix is not None else None
    return Expansion(
        runs=_runs(node, caller_name, scope, legs, limits),
        fail_fast=limits.fail_fast,
        max_parallel=limits.max_parallel,
        notices=(_nothing_left(made),) if legs == () else (),
    )


def written_runs(node: JobNode) -> tuple[str, ...] | None:
    """The keys of a node's job runs; ``None`` when they are known only once an expression is evaluated."""
    matrix = node.job.strategy.matrix if node.job.strategy is not None else None
    if matrix is None:
        return (node.key,)
    if not is_literal(matrix):
        return None
    legs = expand_matrix(matrix, Scope(contexts={}))
    return tuple(leg_key(node.key, index) for index in range(len(legs))) or (node.key,)


def strategy_context(expansion: Expansion, run: JobRun) -> Dictionary:
    """The ``strategy`` context of a job run."""
    limits = _Limits(fail_fast=expansion.fail_fast, max_parallel=expansion.max_parallel)
    return _strategy_context(run.index, run.total, limits)


def matrix_context(run: JobRun) -> Value:
    """The ``matrix`` context of a job run: null where there is no matrix."""
    return run.matrix or None


def static_name(job: Job) -> str:
    """A job's name before its needs are done: what stands in it besides expressions, else its id."""
    if isinstance(job.name, ExpressionToken):
        shown = without_expressions(job.name.raw)
        return shorten(shown) if any(letter.isalnum() for letter in shown) else job.id
    return shorten(_written_name(job))


def without_expressions(text: str) -> str:
    """The text with ``…`` for what is evaluated later."""
    return _EXPRESSIONS.sub("…", text)


def _runs(
    node: JobNode, caller_name: str, scope: Scope, legs: tuple[Leg, ...] | None, limits: _Limits
) -> tuple[JobRun, ...]:
    made = legs or (Leg(values=Dictionary(), segments=()),)
    runs = []
    for index, leg in enumerate(made):
        strategy = _strategy_context(index, len(made), limits)
        inner = _with(scope, {"matrix": leg.values or None, "strategy": strategy})
        runs.append(
            JobRun(
                key=leg_key(node.key, index) if legs else node.key,
                node=node,
                name=nested_name(caller_name, _name(node.job, leg, inner)),
                matrix=leg.values,
                index=index,
                total=len(made),
            )
        )
    return tuple(runs)


def _name(job: Job, leg: Leg, scope: Scope) -> str:
    """A written name gets the matrix values in brackets; one that an expression makes stands as it is."""
    name = job.name
    if name is None or isinstance(name, StringToken):
        return default_name(_written_name(job), leg.segments)
    during = f"Error when evaluating 'name' for job '{job.id}'."
    made = evaluated(lambda: evaluate_text(name, scope), during=during)
    return shorten(made) if made else default_name(job.id, leg.segments)


def _written_name(job: Job) -> str:
    return job.name.value if isinstance(job.name, StringToken) and job.name.value else job.id


def _fail_fast(token: Token | None, scope: Scope, during: str) -> bool:
    return token is None or evaluated(lambda: evaluate_boolean(token, scope), during=during)


def _max_parallel(token: Token | None, scope: Scope, during: str) -> int | None:
    """``None`` for no limit, which zero and less mean too."""
    if token is None:
        return None
    number = evaluated(lambda: evaluate_number(token, scope), during=during)
    if not math.isfinite(number):
        raise problem(token.span, "matrix", f"Unexpected value '{number}'", "'max-parallel' must be a whole number")
    return int(number) if number >= 1 else None


def _strategy_context(index: int, total: int, limits: _Limits) -> Dictionary:
    return Dictionary(
        {
            "fail-fast": limits.fail_fast,
            "job-index": index,
            "job-total": total,
            "max-parallel": limits.max_parallel or total,
        }
    )


def _with(scope: Scope, more: Mapping[str, Value]) -> Scope:
    return Scope(contexts={**scope.contexts, **more}, functions=scope.functions)


def _nothing_left(strategy: Strategy) -> Diagnostic:
    return Diagnostic(
        span=strategy.matrix.span if strategy.matrix is not None else strategy.span,
        rule="matrix",
        severity=Severity.WARNING,
        message="Every combination of the matrix is excluded",
        hint="as on GitHub, the job runs once, without matrix values",
    )
