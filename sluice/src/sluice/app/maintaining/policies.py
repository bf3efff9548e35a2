"""A review of what is allowed: waivers, what workflows' tokens may do, who approves a deployment."""

from __future__ import annotations

from collections.abc import Iterator

from sluice.app.maintaining.scene import Scene
from sluice.app.maintaining.waivers import expiring
from sluice.app.workflows.repository import ReadWorkflow
from sluice.delivery.deployment.policy import rules_in_words
from sluice.delivery.maintenance.model import DAYS, Finding, Period, Section
from sluice.plan.rules.permissions import describe_permissions, effective_permissions
from sluice.views.text.wording import count
from sluice.workflow.model import Access


def look_at_policies(scene: Scene) -> Section:
    """Waivers that end before the next review, tokens that may more than they were given; the rest to be read."""
    waivers = scene.policy.waivers
    return Section(
        findings=(
            *expiring(scene, DAYS[Period.QUARTERLY]),
            *(found for read in scene.workflows for found in _permissions(read)),
        ),
        facts=(
            *(f"waived until {one.until}: {one.pattern}, {one.reason}" for one in waivers),
            *(fact for read in scene.workflows for fact in _writers(read)),
            *(
                f"environment {one.name}: {rules_in_words(one)}; "
                f"{'approved by ' + ', '.join(one.reviewers) if one.reviewers else 'nobody approves'}; "
                f"{count(len(one.secrets), 'secret')}"
                for one in scene.settings.environments.values()
            ),
        ),
    )


def _permissions(read: ReadWorkflow) -> Iterator[Finding]:
    commands = (f"sluice lint {read.file}", "sluice audit workflows")
    given = read.workflow.permissions
    if given is not None and given.everything is Access.WRITE:
        yield Finding(text=f"{given.span}: every job's token may write everything", commands=commands)
    for job in read.workflow.jobs.values():
        if job.permissions is not None and job.permissions.everything is Access.WRITE:
            yield Finding(text=f"{job.permissions.span}: the token of {job.id} may write everything", commands=commands)
    bare = [job.id for job in read.workflow.jobs.values() if job.permissions is None]
    if given is None and bare:
        text = f"{read.file} has no `permissions`: {', '.join(bare)} get what the repository gives by default"
        yield Finding(text=text, commands=commands)


def _writers(read: ReadWorkflow) -> Iterator[str]:
    for job in read.workflow.jobs.values():
        allowed = effective_permissions(job, read.workflow)
        writes = {scope: access for scope, access in allowed.items() if access is Access.WRITE}
        if writes:
            yield f"{read.file}: the token of {job.id} has {describe_permissions(writes)}"
