"""Where a job can run: its labels against the runners, and what it asks for that no runner here has."""

from __future__ import annotations

from collections.abc import Sequence

from sluice.expressions.conversion import to_text
from sluice.expressions.values import Dictionary, Value
from sluice.runners.protocol import Runner
from sluice.workflow.evaluation import Scope, evaluate_token
from sluice.workflow.model import NormalJob
from sluice.workflow.tokens import Token


class NotHere(Exception):  # noqa: N818 (it is no error: the job is skipped, with this as the reason)
    """The job can't run on this machine."""


def runner_labels(runs_on: Token, scope: Scope) -> tuple[str, ...]:
    """``runs-on`` as labels: a string, a list, or ``group`` and ``labels``."""
    value = evaluate_token(runs_on, scope)
    if isinstance(value, Dictionary):
        value = value.get("labels")
    return tuple(to_text(label).lower() for label in _listed(value) if to_text(label))


def _listed(value: Value) -> list[Value]:
    return value if isinstance(value, list) else [value]


def choose_runner(runners: Sequence[Runner], labels: tuple[str, ...]) -> Runner:
    """The first runner that has every label. Raises ``NotHere`` with what there is."""
    for runner in runners:
        if set(labels) <= {label.lower() for label in runner.labels}:
            return runner
    offered = sorted({label for runner in runners for label in runner.labels})
    raise NotHere(f"no runner here has the labels {', '.join(labels)}; there are {', '.join(offered)}")


def what_is_missing(job: NormalJob) -> None:
    """Raise ``NotHere`` for what this runner can't give."""
    if job.container is not None:
        raise NotHere("the job wants a container, and no container engine serves this runner")
