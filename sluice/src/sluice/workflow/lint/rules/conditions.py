"""Rules for ``if``: conditions that decide nothing, or not what they seem to."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sluice.expressions.conversion import is_truthy
from sluice.expressions.errors import ExpressionError
from sluice.expressions.evaluator import evaluate
from sluice.expressions.parser import parse_expression
from sluice.expressions.paths import path_of
from sluice.expressions.signatures import WELL_KNOWN
from sluice.expressions.syntax import Compare, Expression, Literal
from sluice.expressions.traversal import contexts_in, functions_in, walk
from sluice.source.diagnostics import Severity
from sluice.workflow.lint.rule import Finding, rule
from sluice.workflow.lint.subject import Subject
from sluice.workflow.model import Condition, InputType

_WHOLE = re.compile(r"\$\{\{(?:(?!\}\}).)*\}\}", re.DOTALL)


def _conditions(subject: Subject) -> Iterator[Condition]:
    for job in subject.workflow.jobs.values():
        yield job.condition
    for _, step in subject.steps():
        yield step.condition


@rule(
    Severity.WARNING,
    "Text around `${{ }}` makes the whole condition a non-empty string, which is always true.",
    "if: ${{ github.event_name }} == 'push'",
)
def always_true_condition(subject: Subject) -> Iterator[Finding]:
    """Conditions that mix ``${{ }}`` with text."""
    for condition in _conditions(subject):
        written = condition.written or ""
        if "${{" in written and not _WHOLE.fullmatch(written):
            yield Finding(
                span=condition.span,
                message="This condition is always true: the text around ${{ }} makes it a string that is not empty",
                hint="write the whole condition as one expression, without ${{ }} or inside of a single one",
            )


@rule(
    Severity.NOTICE,
    "A condition that reads nothing always decides the same.",
    "if: true",
)
def constant_condition(subject: Subject) -> Iterator[Finding]:
    """Conditions without contexts and without status functions."""
    for condition in _conditions(subject):
        outcome = _constant_outcome(condition.written)
        if outcome is not None:
            hint = None if outcome else "remove what never runs, or make it depend on an input"
            yield Finding(
                span=condition.span, message=f"This condition is always {'true' if outcome else 'false'}", hint=hint
            )


def _constant_outcome(written: str | None) -> bool | None:
    if written is None or ("${{" in written and not _WHOLE.fullmatch(written)):
        return None
    try:
        expression = parse_expression(written.removeprefix("${{").removesuffix("}}") if "${{" in written else written)
        if contexts_in(expression) or not functions_in(expression) <= WELL_KNOWN.keys():
            return None
        return is_truthy(evaluate(expression, {}))
    except ExpressionError:
        return None


@rule(
    Severity.WARNING,
    "A boolean input is never equal to the text 'true' or 'false'.",
    "if: inputs.publish == 'true'",
)
def boolean_compared_with_text(subject: Subject) -> Iterator[Finding]:
    """Comparisons of typed boolean inputs with strings."""
    booleans = _boolean_inputs(subject)
    for site in subject.sites:
        for node in walk(site.expression):
            if isinstance(node, Compare) and node.operator in ("==", "!=") and _mixes(node, booleans):
                piece = site.source[node.start : node.end]
                outcome = "false" if node.operator == "==" else "true"
                yield Finding(
                    span=subject.place(site, node),
                    message=f"'{piece}' is always {outcome}: the input is a boolean, and never equal to a text",
                    hint="use the input itself as the condition",
                )


def _boolean_inputs(subject: Subject) -> frozenset[str]:
    """Inputs that are boolean however the workflow was started."""
    kinds: dict[str, set[bool]] = {}
    for trigger in subject.workflow.triggers.values():
        for name, definition in trigger.inputs.items():
            kinds.setdefault(name.lower(), set()).add(definition.type is InputType.BOOLEAN)
    return frozenset(name for name, found in kinds.items() if found == {True})


def _mixes(node: Compare, booleans: frozenset[str]) -> bool:
    return any(
        _is_boolean_input(one, booleans) and isinstance(other, Literal) and other.value in ("true", "false")
        for one, other in ((node.left, node.right), (node.right, node.left))
    )


def _is_boolean_input(node: Expression, booleans: frozenset[str]) -> bool:
    path = path_of(node)
    return path is not None and len(path.names) == 2 and path.context == "inputs" and path.names[1] in booleans


RULES = (always_true_condition, constant_condition, boolean_compared_with_text)
