"""What a step's body comes back with."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct, field

from sluice.engine.jobs.status import Status


class StepOutcome(Struct, frozen=True, kw_only=True):
    """``message`` is the error that the step is annotated with when it failed; ``undecided`` says that its ``if``
    can't be evaluated.
    """

    status: Status
    undecided: bool = False
    exit_code: int | None = None
    message: str | None = None
    outputs: dict[str, str] = field(default_factory=dict)


class Ended(Struct, frozen=True, kw_only=True):
    """How a step ended. ``publish`` shows later steps what it put out, ``count`` counts its failure for the job or the
    composite action: both at once, but for a background step. ``undecided`` is the outcome's.
    """

    conclusion: Status
    undecided: bool
    publish: Callable[[], None]
    count: Callable[[], None]

    def apply(self) -> None:
        """Both."""
        self.publish()
        self.count()


SUCCEEDED = StepOutcome(status=Status.SUCCESS)


def from_exit_code(code: int) -> StepOutcome:
    """A process's end: anything but 0 is a failure, in the runner's words."""
    if code == 0:
        return StepOutcome(status=Status.SUCCESS, exit_code=0)
    return StepOutcome(status=Status.FAILURE, exit_code=code, message=f"Process completed with exit code {code}.")


def failed(message: str) -> StepOutcome:
    """A failure that is not a process's."""
    return StepOutcome(status=Status.FAILURE, message=message)
