"""May it go there now? Reviewers are asked, the wait timer waited out. In: a policy. Out: who approved, or an error."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection

import anyio

from sluice.app.running.reviewing import TerminalReviewer
from sluice.delivery.deployment.policy import EnvironmentPolicy
from sluice.source.errors import SluiceError, UsageError

WAITED = "SLUICE_WAITED_FOR"
"""Set to the environment whose wait timer a job has waited out already."""


class RefusedError(SluiceError):
    """A reviewer said no."""

    exit_code = 1


def ask_reviewers(policy: EnvironmentPolicy, approvals: Collection[str], what: str) -> str:
    """Who approved; empty where nobody has to. Raises ``RefusedError``, or ``UsageError`` when nobody can be asked."""
    if not policy.reviewers:
        return ""
    reviewer = TerminalReviewer(tuple(approvals), pause=lambda: None, go_on=lambda: None)
    verdict = anyio.run(reviewer.ask, policy.name, policy.reviewers, what)
    if verdict.approved is None:
        raise UsageError(
            f"environment '{policy.name}' needs a review by {', '.join(policy.reviewers)}, and nobody could be asked",
            hint=f"run it on a terminal, or with --approve {policy.name}",
        )
    if not verdict.approved:
        raise RefusedError(f"environment '{policy.name}' was refused by {verdict.reviewer}")
    return verdict.reviewer


def wait_timer(policy: EnvironmentPolicy, said: Callable[[str], None]) -> None:
    """Wait as long as the environment wants; a job has waited before it started."""
    waited = os.environ.get("GITHUB_ACTIONS") == "true" or os.environ.get(WAITED) == policy.name
    if policy.wait_timer and not waited:
        said(f"waits {policy.wait_timer:g} minutes for {policy.name}")
        time.sleep(policy.wait_timer * 60)
