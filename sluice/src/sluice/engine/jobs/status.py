"""How a job or a composite stands, and the status functions that an ``if`` may call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum

from sluice.expressions.values import Value


class Status(StrEnum):
    """GitHub's words. ``SKIPPED`` is a result of steps and jobs, never the standing of a running job."""

    SUCCESS = "success"
    FAILURE = "failure"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"


StatusFunctions = dict[str, Callable[[Sequence[Value]], Value]]


def status_functions(own: Status, job: Status) -> StatusFunctions:
    """``success`` and ``failure`` read ``own``, a composite's standing inside one; ``cancelled`` the job's."""
    return {
        "success": lambda _: own is Status.SUCCESS,
        "failure": lambda _: own is Status.FAILURE,
        "cancelled": lambda _: job is Status.CANCELLED,
        "always": lambda _: True,
    }
