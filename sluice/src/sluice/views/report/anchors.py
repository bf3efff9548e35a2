"""Names of places in a report, the same in every report of the same workflow, so that links can be sent around."""

from __future__ import annotations

import re

_UNUSUAL = re.compile(r"[^A-Za-z0-9_.~-]")


def job_anchor(job: str) -> str:
    """``build~wheel`` for the job run ``build/wheel``; job ids have no tilde."""
    return "job-" + _UNUSUAL.sub("-", job.replace("/", "~"))


def step_anchor(job: str, step: str) -> str:
    """``job-test.4:3``; ``:12`` after it is a line of the step's log."""
    return f"{job_anchor(job)}:{_UNUSUAL.sub('-', step)}"
