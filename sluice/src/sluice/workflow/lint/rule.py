"""What a lint rule is. In: a check over a workflow. Out: a rule with an id, a severity, an explanation, an example."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from msgspec import Struct

from sluice.source.diagnostics import Diagnostic, Severity
from sluice.source.positions import Span
from sluice.workflow.lint.subject import Subject


class Finding(Struct, frozen=True, kw_only=True):
    """A place that breaks a rule; the rule adds its id and severity."""

    span: Span
    message: str
    hint: str | None = None
    allowed: tuple[str, ...] = ()


Check: TypeAlias = Callable[[Subject], Iterator[Finding]]


class Rule(Struct, frozen=True, kw_only=True):
    """One rule. ``id`` is kebab-case; ``explanation`` is one sentence; ``example`` is YAML that breaks it."""

    id: str
    severity: Severity
    explanation: str
    example: str
    check: Check

    def run(self, subject: Subject) -> Iterator[Diagnostic]:
        """The rule's diagnostics for a workflow."""
        for found in self.check(subject):
            yield Diagnostic(
                span=found.span,
                rule=self.id,
                message=found.message,
                severity=self.severity,
                hint=found.hint,
                allowed=found.allowed,
            )


def rule(severity: Severity, explanation: str, example: str) -> Callable[[Check], Rule]:
    """Make a rule of a check; its id is the check's name in kebab-case."""

    def make(check: Check) -> Rule:
        name = check.__name__.replace("_", "-")
        return Rule(id=name, severity=severity, explanation=explanation, example=example, check=check)

    return make
