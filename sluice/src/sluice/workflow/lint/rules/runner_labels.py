"""Rules for ``runs-on``: labels that no runner of GitHub's has."""

from __future__ import annotations

from collections.abc import Iterator

from sluice.source.diagnostics import Severity
from sluice.workflow.lint.rule import Finding, rule
from sluice.workflow.lint.subject import Subject
from sluice.workflow.tokens import SequenceToken, StringToken, Token

_HOSTED = frozenset(
    (
        "ubuntu-latest",
        "ubuntu-26.04",
        "ubuntu-26.04-arm",
        "ubuntu-24.04",
        "ubuntu-22.04",
        "ubuntu-24.04-arm",
        "ubuntu-22.04-arm",
        "ubuntu-slim",
        "ubuntu-latest-4-cores",
        "ubuntu-latest-8-cores",
        "ubuntu-latest-16-cores",
        "windows-latest",
        "windows-latest-8-cores",
        "windows-2025",
        "windows-2022",
        "windows-11-arm",
        "windows-2025-vs2026",
        "macos-latest",
        "macos-latest-large",
        "macos-latest-xlarge",
        "macos-26",
        "macos-26-intel",
        "macos-26-large",
        "macos-26-xlarge",
        "macos-15",
        "macos-15-large",
        "macos-15-xlarge",
        "macos-15-intel",
        "macos-14",
        "macos-14-large",
        "macos-14-xlarge",
    )
)
_RETIRED = {
    "ubuntu-16.04": "ubuntu-24.04",
    "ubuntu-18.04": "ubuntu-24.04",
    "ubuntu-20.04": "ubuntu-24.04",
    "windows-2016": "windows-2025",
    "windows-2019": "windows-2025",
    "macos-10.15": "macos-15",
    "macos-11": "macos-15",
    "macos-12": "macos-15",
    "macos-13": "macos-15-intel",
}
_SELF_HOSTED = frozenset({"self-hosted", "linux", "windows", "macos", "x64", "arm", "arm64", "gpu"})


def literal_labels(runs_on: Token) -> tuple[StringToken, ...] | None:
    """The labels, where all of them are written out; ``None`` for expressions and groups."""
    match runs_on:
        case StringToken():
            return (runs_on,)
        case SequenceToken():
            labels = tuple(item for item in runs_on.items if isinstance(item, StringToken))
            return labels if len(labels) == len(runs_on.items) else None
        case _:
            return None


def _labels(subject: Subject) -> Iterator[tuple[StringToken, ...]]:
    for job in subject.normal_jobs():
        labels = literal_labels(job.runs_on)
        if labels:
            yield labels


@rule(
    Severity.WARNING,
    "A job waits for ever for a runner with a label that none has.",
    "runs-on: ubuntu-lates",
)
def unknown_runner_label(subject: Subject) -> Iterator[Finding]:
    """Labels that are neither GitHub's nor beside ``self-hosted`` nor the author's own."""
    for labels in _labels(subject):
        names = [label.value.lower() for label in labels]
        if "self-hosted" in names:
            continue
        for label, name in zip(labels, names, strict=True):
            if name not in _HOSTED | _SELF_HOSTED | _RETIRED.keys() | subject.labels:
                yield Finding(
                    span=label.span,
                    message=f"GitHub has no runner labelled '{label.value}'",
                    hint="if it is a runner of your own or your organization's larger one, list it under `labels` in "
                    "[lint] of sluice.toml, or put 'self-hosted' beside it",
                    allowed=tuple(sorted(_HOSTED)),
                )


@rule(
    Severity.WARNING,
    "GitHub retired this image; the job never starts.",
    "runs-on: ubuntu-18.04",
)
def retired_runner_label(subject: Subject) -> Iterator[Finding]:
    """Labels of images that are gone."""
    for labels in _labels(subject):
        for label in labels:
            successor = _RETIRED.get(label.value.lower())
            if successor:
                yield Finding(
                    span=label.span, message=f"GitHub retired the image '{label.value}'", hint=f"use '{successor}'"
                )


@rule(
    Severity.WARNING,
    "A label that stands twice says nothing, and two images exclude each other.",
    "runs-on: [self-hosted, linux, linux]",
)
def conflicting_runner_labels(subject: Subject) -> Iterator[Finding]:
    """Labels that stand twice, and more than one label of GitHub's images."""
    for labels in _labels(subject):
        seen: list[str] = []
        for label in labels:
            name = label.value.lower()
            image = next((other for other in seen if {name, other} <= _HOSTED), None)
            if name in seen:
                yield Finding(span=label.span, message=f"The label '{label.value}' stands twice")
            elif image:
                yield Finding(span=label.span, message=f"No runner has both '{image}' and '{label.value}'")
            seen.append(name)


RULES = (unknown_runner_label, retired_runner_label, conflicting_runner_labels)
