"""Rules for what the other contexts hold: ``github``, ``runner``, ``job``, ``strategy``, ``inputs`` and ``matrix``."""

from __future__ import annotations

from collections.abc import Iterator

from sluice.source.diagnostics import Severity
from sluice.source.suggestions import did_you_mean
from sluice.workflow.lint.rule import Finding, rule
from sluice.workflow.lint.rules.matrix import matrix_keys
from sluice.workflow.lint.subject import Subject

_KNOWN = {
    "github": frozenset(
        (
            "action",
            "action_path",
            "action_ref",
            "action_repository",
            "action_status",
            "actor",
            "actor_id",
            "api_url",
            "artifact_cache_size_limit",
            "base_ref",
            "env",
            "event",
            "event_name",
            "event_path",
            "graphql_url",
            "head_ref",
            "job",
            "job_workflow_sha",
            "output",
            "path",
            "ref",
            "ref_name",
            "ref_protected",
            "ref_type",
            "repository",
            "repository_id",
            "repository_owner",
            "repository_owner_id",
            "repository_visibility",
            "repositoryurl",
            "retention_days",
            "run_attempt",
            "run_id",
            "run_number",
            "secret_source",
            "server_url",
            "sha",
            "state",
            "step_summary",
            "token",
            "triggering_actor",
            "workflow",
            "workflow_ref",
            "workflow_sha",
            "workspace",
        )
    ),
    "runner": frozenset({"arch", "debug", "environment", "name", "os", "temp", "tool_cache", "workspace"}),
    "job": frozenset(
        {
            "check_run_id",
            "container",
            "services",
            "status",
            "workflow_file_path",
            "workflow_ref",
            "workflow_repository",
            "workflow_sha",
        }
    ),
    "strategy": frozenset({"fail-fast", "job-index", "job-total", "max-parallel"}),
}


@rule(
    Severity.WARNING,
    "A property that a context does not have is always empty.",
    "run: echo ${{ github.branch }}",
)
def unknown_context_property(subject: Subject) -> Iterator[Finding]:
    """Properties of ``github``, ``runner``, ``job`` and ``strategy`` that GitHub does not document."""
    for site, path in subject.reads(*_KNOWN):
        name = path.name(1)
        known = _KNOWN[path.context]
        if name is not None and name not in known:
            yield Finding(
                span=subject.place(site, path.node),
                message=f"The context '{path.context}' has no '{path.written[1]}'; it is always empty",
                hint=did_you_mean(name, known),
            )


@rule(
    Severity.WARNING,
    "An input that the workflow does not define is empty.",
    "run: echo ${{ inputs.verison }}",
)
def undefined_input(subject: Subject) -> Iterator[Finding]:
    """Reads of ``inputs.x`` where neither ``workflow_dispatch`` nor ``workflow_call`` defines x."""
    defined = tuple(dict.fromkeys(name for trigger in subject.workflow.triggers.values() for name in trigger.inputs))
    for site, path in subject.reads("inputs"):
        name = path.name(1)
        if name is not None and name not in {one.lower() for one in defined}:
            yield Finding(
                span=subject.place(site, path.node),
                message=f"The workflow defines no input '{path.written[1]}'; it is always empty",
                allowed=defined,
            )


@rule(
    Severity.WARNING,
    "A key that the job's matrix does not have is empty.",
    "run: echo ${{ matrix.pyhton }}",
)
def undefined_matrix_key(subject: Subject) -> Iterator[Finding]:
    """Reads of ``matrix.x`` where the matrix is written out and has no key x."""
    for site, path in subject.reads("matrix"):
        name = path.name(1)
        if name is None or site.job is None:
            continue
        strategy = site.job.strategy
        keys = matrix_keys(strategy.matrix) if strategy and strategy.matrix else ()
        if keys is not None and name not in {key.lower() for key in keys}:
            what = (
                f"The matrix of '{site.job.id}' has no key" if keys else f"The job '{site.job.id}' has no matrix, so no"
            )
            yield Finding(
                span=subject.place(site, path.node),
                message=f"{what} '{path.written[1]}'; it is always empty",
                allowed=keys,
            )


RULES = (unknown_context_property, undefined_input, undefined_matrix_key)
