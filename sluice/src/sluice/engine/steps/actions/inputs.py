"""The inputs of an action: what ``with`` says over the manifest's defaults, as strings."""

from __future__ import annotations

from collections.abc import Callable

from sluice.actions.protocol import ResolvedAction
from sluice.engine.steps.lifecycle import StepRun
from sluice.source.errors import UsageError
from sluice.workflow.evaluation import evaluate_mapping, evaluate_text
from sluice.workflow.model import ActionStep, ActionUsing

_OF_CONTAINERS = frozenset({"args", "entrypoint"})
"""Every container action takes these (actions/runner, ActionRunner)."""

Inputs = Callable[[StepRun], dict[str, str]]
"""The inputs as a stage sees them: each stage has its own look at what steps have changed since (actions/runner,
ActionRunner).
"""


def evaluate_inputs(run: StepRun, step: ActionStep, action: ResolvedAction) -> dict[str, str]:
    """Every input of the manifest and every one given, names compared without regard to case.

    A name that the action does not know is passed on with GitHub's warning, once. Raises ``UsageError``.
    """
    given = {} if step.inputs is None else evaluate_mapping(step.inputs, run.scope)
    by_name = {name.lower(): value for name, value in given.items()}
    inputs: dict[str, str] = {}
    for name, definition in action.manifest.inputs.items():
        if name.lower() in by_name:
            inputs[name] = by_name.pop(name.lower())
            if definition.deprecation and run.plan.phase == "main":
                run.recorder.annotate(
                    "warning", f"Input '{name}' has been deprecated with message: {definition.deprecation}"
                )
        else:
            inputs[name] = "" if definition.default is None else evaluate_text(definition.default, run.scope)
    known = _OF_CONTAINERS if action.manifest.using is ActionUsing.DOCKER else frozenset()
    _warn_of_unknown(run, sorted(by_name.keys() - known), action)
    _check_nul(inputs | by_name)
    return inputs | by_name


def _check_nul(inputs: dict[str, str]) -> None:
    """An action gets its inputs as variables, and no variable and no path can hold this character."""
    for name, value in inputs.items():
        if "\0" in value:
            raise UsageError(f"The input '{name}' contains the character NUL, which no action can be given")


def _warn_of_unknown(run: StepRun, unknown: list[str], action: ResolvedAction) -> None:
    if unknown and run.plan.phase == "main":
        names = ", ".join(f"'{name}'" for name in unknown)
        valid = ", ".join(f"'{name}'" for name in action.manifest.inputs)
        run.recorder.annotate("warning", f"Unexpected input(s) {names}, valid inputs are [{valid}]")
