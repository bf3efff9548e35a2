"""Rules for the plain settings of workflows, jobs and steps: shells, variables, timeouts, permissions, concurrency."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sluice.source.diagnostics import Severity
from sluice.workflow.lint.rule import Finding, rule
from sluice.workflow.lint.rules.runner_labels import literal_labels
from sluice.workflow.lint.subject import Subject
from sluice.workflow.model import NormalJob, RunDefaults
from sluice.workflow.tokens import (
    BooleanToken,
    ExpressionToken,
    MappingToken,
    NumberToken,
    StringToken,
    Token,
    written_text,
)

_SHELLS = ("bash", "cmd", "powershell", "pwsh", "python", "sh")
_VARIABLE = re.compile(r"[A-Za-z0-9_.-]+")
_SET_BY_RUNNER = frozenset(
    f"GITHUB_{name}"
    for name in (
        *("ACTION", "ACTIONS", "ACTION_PATH", "ACTION_REPOSITORY", "ACTOR", "ACTOR_ID", "API_URL", "BASE_REF", "ENV"),
        *("EVENT_NAME", "EVENT_PATH", "GRAPHQL_URL", "HEAD_REF", "JOB", "OUTPUT", "PATH", "REF", "REF_NAME"),
        *("REF_PROTECTED", "REF_TYPE", "REPOSITORY", "REPOSITORY_ID", "REPOSITORY_OWNER", "REPOSITORY_OWNER_ID"),
        *("RETENTION_DAYS", "RUN_ATTEMPT", "RUN_ID", "RUN_NUMBER", "SERVER_URL", "SHA", "STATE", "STEP_SUMMARY"),
        *("TRIGGERING_ACTOR", "WORKFLOW", "WORKFLOW_REF", "WORKFLOW_SHA", "WORKSPACE"),
    )
) | {f"RUNNER_{name}" for name in ("ARCH", "DEBUG", "ENVIRONMENT", "NAME", "OS", "TEMP", "TOOL_CACHE")}
_HOSTED_MINUTES = 360
_SELF_HOSTED_MINUTES = 5 * 24 * 60


@rule(
    Severity.ERROR,
    "A shell is one of GitHub's, or a command in which `{0}` stands for the script.",
    "shell: zsh",
)
def unknown_shell(subject: Subject) -> Iterator[Finding]:
    """Shell names that the runner does not know."""
    for shell in _shells(subject):
        if isinstance(shell, StringToken) and shell.value and shell.value not in _SHELLS and "{0}" not in shell.value:
            yield Finding(
                span=shell.span,
                message=f"The shell '{shell.value}' is not one that runners know, and has no '{{0}}' for the script",
                hint=f"write `{shell.value} {{0}}` to use it all the same",
                allowed=_SHELLS,
            )


def _shells(subject: Subject) -> Iterator[Token | None]:
    yield from _default_shells(subject.workflow.defaults)
    for job in subject.normal_jobs():
        yield from _default_shells(job.defaults)
    for _, step in subject.run_steps():
        yield step.shell


def _default_shells(defaults: RunDefaults | None) -> Iterator[Token | None]:
    if defaults:
        yield defaults.shell


@rule(
    Severity.WARNING,
    "A variable with such a name can't be read by programs, or is set by the runner itself.",
    "env: {GITHUB_SHA: value}",
)
def environment_name(subject: Subject) -> Iterator[Finding]:
    """Names with characters that no program expects, and names of variables that the runner sets."""
    for env in _environments(subject):
        for key, _ in env.literal_items():
            if not _VARIABLE.fullmatch(key.value):
                message = f"Programs can't read a variable named '{key.value}'"
                yield Finding(span=key.span, message=message, hint="use letters, digits and underscores")
            elif key.value.upper() in _SET_BY_RUNNER:
                message = f"The runner sets '{key.value}' itself; the value given here is not used"
                yield Finding(span=key.span, message=message, hint="choose another name")


def _environments(subject: Subject) -> Iterator[MappingToken]:
    tokens = [subject.workflow.env]
    for job in subject.normal_jobs():
        tokens += [job.env, *(step.env for step in job.steps)]
    yield from (token for token in tokens if isinstance(token, MappingToken))


@rule(
    Severity.WARNING,
    "GitHub ends jobs on its runners after 360 minutes, and on your own after five days.",
    "timeout-minutes: 500",
)
def timeout_above_limit(subject: Subject) -> Iterator[Finding]:
    """Timeouts that never take effect, timeouts of nothing, and parts of a minute."""
    for job in subject.normal_jobs():
        limit = _minutes_limit(job)
        of_steps = ((step.timeout_minutes, "is no limit") for step in job.steps)
        for timeout, nothing in ((job.timeout_minutes, "leaves no time at all"), *of_steps):
            if isinstance(timeout, NumberToken):
                yield from _odd_minutes(timeout, limit, nothing)


def _odd_minutes(timeout: NumberToken, limit: int, nothing: str) -> Iterator[Finding]:
    """GitHub's runner takes minutes as a whole number (ConvertToStepTimeout)."""
    message = ""
    if timeout.value > limit:
        message = f"The timeout of {timeout.raw} minutes is above GitHub's limit of {limit}"
    elif timeout.value <= 0:
        message = f"A timeout of {timeout.raw} minutes {nothing}"
    elif timeout.value != int(timeout.value):
        whole = int(timeout.value)
        message = f"GitHub takes whole minutes: a timeout of {timeout.raw} is {whole} there"
        message += "" if whole else f", which {nothing}"
    if message:
        yield Finding(span=timeout.span, message=message)


def _minutes_limit(job: NormalJob) -> int:
    labels = literal_labels(job.runs_on) or ()
    hosted = bool(labels) and all(label.value.lower() != "self-hosted" for label in labels)
    return _HOSTED_MINUTES if hosted else _SELF_HOSTED_MINUTES


@rule(
    Severity.NOTICE,
    "Without `permissions` the token may do whatever the repository's default allows, often everything.",
    "a workflow without permissions",
)
def missing_permissions(subject: Subject) -> Iterator[Finding]:
    """Workflows in which a job gets the default permissions; one that is only called has those of its caller."""
    if subject.workflow.permissions is not None or subject.workflow.triggers.keys() == {"workflow_call"}:
        return
    job = next((job for job in subject.workflow.jobs.values() if job.permissions is None), None)
    if job is not None:
        yield Finding(
            span=job.span,
            message=f"No permissions are set for the job '{job.id}': its token gets the repository's default",
            hint="add `permissions:` with what is needed, such as `contents: read`, at the top of the workflow",
        )


@rule(
    Severity.WARNING,
    "A group that is the same for every branch lets a run of one branch cancel that of another.",
    "concurrency: {group: ci, cancel-in-progress: true}",
)
def shared_concurrency_group(subject: Subject) -> Iterator[Finding]:
    """Constant groups with ``cancel-in-progress`` in workflows that run for pushes or pull requests."""
    if not {"push", "pull_request", "pull_request_target"} & subject.workflow.triggers.keys():
        return
    owners = (subject.workflow, *subject.workflow.jobs.values())
    for concurrency in (owner.concurrency for owner in owners if owner.concurrency):
        cancels = concurrency.cancel_in_progress
        if isinstance(cancels, BooleanToken) and cancels.value and _is_shared(concurrency.group):
            yield Finding(
                span=concurrency.group.span,
                message="This group is the same for every branch: a run cancels those of other branches",
                hint="add ${{ github.ref }} to the group",
            )


def _is_shared(group: Token) -> bool:
    if isinstance(group, StringToken):
        return True
    tail = written_text(group)
    reads = (
        "github.ref",
        "github.head_ref",
        "github.run_id",
        "github.sha",
        "github.event",
        "inputs",
        "matrix",
        "needs",
    )
    return isinstance(group, ExpressionToken) and not any(read in tail for read in reads)


RULES = (
    unknown_shell,
    environment_name,
    timeout_above_limit,
    missing_permissions,
    shared_concurrency_group,
)
