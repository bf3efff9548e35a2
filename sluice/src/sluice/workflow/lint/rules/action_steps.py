"""Rules for steps with ``uses``: inputs that the action does not have or misses, old runtimes, movable references."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sluice.source.diagnostics import Severity
from sluice.source.suggestions import did_you_mean
from sluice.workflow.lint.rule import Finding, rule
from sluice.workflow.lint.subject import Subject
from sluice.workflow.model import ActionManifest, ActionStep, ActionUsing
from sluice.workflow.tokens import StringToken

_REFERENCE = re.compile(r"(?P<owner>[\w.-]+)/[\w.-]+(?:/[^@]*)?@(?P<ref>.+)")
_COMMIT = re.compile(r"[0-9a-fA-F]{40}")
_TRUSTED_OWNERS = frozenset({"actions", "github"})
_DOCKER_INPUTS = ("args", "entrypoint")
_OLDEST_NODE = 20


def _known_steps(subject: Subject) -> Iterator[tuple[ActionStep, ActionManifest]]:
    for _, step in subject.action_steps():
        manifest = subject.actions(step.uses.value)
        if manifest is not None:
            yield step, manifest


def _given(step: ActionStep) -> list[StringToken]:
    return [key for key, _ in step.written_inputs]


@rule(
    Severity.WARNING,
    "An input that the action does not have is ignored.",
    "uses: actions/checkout@v4 with fetch-dept: 0",
)
def unknown_action_input(subject: Subject) -> Iterator[Finding]:
    """Names under ``with`` that the action's manifest does not list."""
    for step, manifest in _known_steps(subject):
        names = tuple(manifest.inputs) + (_DOCKER_INPUTS if manifest.using is ActionUsing.DOCKER else ())
        known = {name.lower() for name in names}
        for key in _given(step):
            if key.value.lower() not in known:
                yield Finding(
                    span=key.span,
                    message=f"'{step.uses.value}' has no input '{key.value}'",
                    hint=did_you_mean(key.value.lower(), known),
                    allowed=tuple(sorted(names)),
                )


@rule(
    Severity.WARNING,
    "An action's required input has no value; GitHub starts the action all the same.",
    "uses: actions/cache@v4 without key",
)
def missing_action_input(subject: Subject) -> Iterator[Finding]:
    """Required inputs without a default that are not given."""
    for step, manifest in _known_steps(subject):
        given = {key.value.lower() for key in _given(step)}
        if step.has_other_inputs:
            continue
        for definition in manifest.inputs.values():
            if definition.required and definition.default is None and definition.name.lower() not in given:
                yield Finding(
                    span=step.uses.span,
                    message=f"'{step.uses.value}' requires the input '{definition.name}'",
                    hint=f"add `{definition.name}:` under `with:`",
                )


@rule(
    Severity.WARNING,
    "The action's author deprecated this input.",
    "uses: actions/setup-node@v4 with always-auth: true",
)
def deprecated_action_input(subject: Subject) -> Iterator[Finding]:
    """Inputs with a ``deprecationMessage``."""
    for step, manifest in _known_steps(subject):
        deprecated = {name.lower(): item.deprecation for name, item in manifest.inputs.items() if item.deprecation}
        for key in _given(step):
            reason = deprecated.get(key.value.lower())
            if reason:
                yield Finding(
                    span=key.span, message=f"The input '{key.value}' of '{step.uses.value}' is deprecated", hint=reason
                )


@rule(
    Severity.WARNING,
    "The action asks for a version of Node.js that GitHub's runners no longer have.",
    "uses: actions/checkout@v2",
)
def outdated_action_runtime(subject: Subject) -> Iterator[Finding]:
    """JavaScript actions for Node.js 16 and older."""
    for step, manifest in _known_steps(subject):
        if manifest.node is not None and manifest.node < _OLDEST_NODE:
            yield Finding(
                span=step.uses.span,
                message=f"'{step.uses.value}' runs on Node.js {manifest.node}, which runners no longer have",
                hint="use a newer version of the action",
            )


@rule(
    Severity.WARNING,
    "GitHub.com fails a job at once that uses a retired version of an action; GitHub Enterprise Server may not.",
    "uses: actions/upload-artifact@v3",
)
def retired_action_version(subject: Subject) -> Iterator[Finding]:
    """Majors that GitHub.com has shut off (GitHub Changelog, 16 April 2024 and 5 December 2024)."""
    for step, manifest in _known_steps(subject):
        if manifest.refused:
            since, _, remedy = manifest.refused.partition(": ")
            yield Finding(
                span=step.uses.span,
                message=f"GitHub.com fails a job at once that uses '{step.uses.value}', {since}",
                hint=remedy,
            )


@rule(
    Severity.NOTICE,
    "A tag or branch of a stranger's action can be moved to other code; a commit can't.",
    "uses: someone/something@v1",
)
def unpinned_action(subject: Subject) -> Iterator[Finding]:
    """Third-party actions and workflows by tag or branch, each told where it is used first."""
    uses = [step.uses for _, step in subject.action_steps()]
    uses += [job.uses for job in subject.workflow.jobs.values() if hasattr(job, "uses")]
    for name in {name.value: name for name in reversed(uses)}.values():
        match = _REFERENCE.fullmatch(name.value)
        if not match or name.value.startswith(("./", "$/", "docker://")) or "${{" in name.value:
            continue
        if match["owner"].lower() not in _TRUSTED_OWNERS and not _COMMIT.fullmatch(match["ref"]):
            yield Finding(
                span=name.span,
                message=f"'{name.value}' is not pinned to a commit: '{match['ref']}' can be moved to other code",
                hint="name the full commit, with the version in a comment",
            )


RULES = (
    unknown_action_input,
    missing_action_input,
    deprecated_action_input,
    outdated_action_runtime,
    retired_action_version,
    unpinned_action,
)
