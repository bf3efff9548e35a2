"""Where a job can run: its labels against the runners, and what it asks for that no runner here has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from sluice.actions.resolve import IMAGE_ACTION
from sluice.engine.containers.requests import container_image
from sluice.expressions.conversion import to_text
from sluice.expressions.values import Dictionary, Value
from sluice.runners.protocol import Runner
from sluice.source.errors import UnavailableError
from sluice.source.image_references import parse_image
from sluice.source.suggestions import did_you_mean
from sluice.workflow.evaluation import Scope, evaluate_token
from sluice.workflow.model import ActionStep, NormalJob
from sluice.workflow.tokens import Token

if TYPE_CHECKING:
    from sluice.runners.container.engine import Engine


_ALIKE = 0.8
"""A label so much like one that is here is a slip; ``windows-latest`` is none of ``ubuntu-latest``."""


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
    """The first runner that has every label. Raises ``NotHere`` with those that the best of them lacks."""
    for runner in runners:
        if set(labels) <= {label.lower() for label in runner.labels}:
            return runner
    known = [{label.lower() for label in runner.labels} for runner in runners]
    missing = min(([label for label in labels if label not in one] for one in known), key=len, default=list(labels))
    meant = did_you_mean(missing[0], set().union(*known), _ALIKE) if missing else None
    there = meant or "sluice doctor lists those there are"
    raise NotHere(f"no runner here has the label{'s' * (len(missing) > 1)} {', '.join(missing)} ({there})")


def connected(engine: Callable[[], Engine], wanted: str) -> Engine:
    """The container engine, for a job that wants it. Raises ``NotHere`` with what is missing."""
    try:
        return engine()
    except UnavailableError as error:
        raise NotHere(f"{wanted}: {error.in_one_line}") from error


def check_images(job: NormalJob, scope: Scope, engine: Callable[[], Engine]) -> bool:
    """Whether the job has a container. Raises ``NotHere`` where it, or a step that is an image, needs an engine that
    isn't there, and ``UsageError`` for an image that can't be read.
    """
    image = container_image(job.container, scope)
    if image:
        parse_image(image)
        connected(engine, f"the job wants a container of '{image}'")
    for uses in _image_steps(job):
        connected(engine, f"the step '{uses}' is a container")
    return bool(image)


def wants_engine(job: NormalJob) -> bool:
    """Whether something that the job says may want the container engine."""
    return job.container is not None or job.services is not None or any(_image_steps(job))


def _image_steps(job: NormalJob) -> Iterator[str]:
    used = (step.uses.value for step in job.steps if isinstance(step, ActionStep))
    return (uses for uses in used if uses.startswith(IMAGE_ACTION))
