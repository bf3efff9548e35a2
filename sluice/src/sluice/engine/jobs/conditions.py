"""Decide a step's ``if`` and leave a record of why."""

from __future__ import annotations

from sluice.engine.jobs.session import JobSession
from sluice.events.model import ConditionEvaluated
from sluice.plan.rules.decision import decide
from sluice.workflow.evaluation import Scope
from sluice.workflow.model import Condition


def decide_step(session: JobSession, step: str, condition: Condition, scope: Scope) -> bool:
    """Whether the step runs; emits the condition with every value that it was made of. Raises ``InvalidInputError``."""
    decision = decide(condition, scope, what=f"step '{step}'")
    session.emit(
        ConditionEvaluated(
            job=session.key,
            step=step,
            expression=decision.expression,
            result=decision.runs,
            values=decision.values,
        )
    )
    return decision.runs
