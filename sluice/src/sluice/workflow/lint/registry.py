"""Every lint rule there is, by id."""

from __future__ import annotations

from collections.abc import Mapping

from sluice.workflow.lint.rule import Rule
from sluice.workflow.lint.rules import (
    action_steps,
    availability,
    conditions,
    containers,
    context_properties,
    filters,
    injection,
    matrix,
    needs,
    runner_labels,
    scripts,
    settings,
    step_references,
    typed_values,
)

RULES: Mapping[str, Rule] = {
    found.id: found
    for module in (
        availability,
        conditions,
        scripts,
        injection,
        action_steps,
        needs,
        step_references,
        context_properties,
        matrix,
        runner_labels,
        filters,
        settings,
        typed_values,
        containers,
    )
    for found in module.RULES
}
"""In the order in which they are documented."""
