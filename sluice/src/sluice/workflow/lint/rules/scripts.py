"""Rules for ``run``: pipes that hide failures, and commands that GitHub took back."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sluice.source.diagnostics import Severity
from sluice.source.positions import Span
from sluice.workflow.lint.rule import Finding, rule
from sluice.workflow.lint.rules.runner_labels import literal_labels
from sluice.workflow.lint.rules.shell_text import risky_pipes, sets_pipefail
from sluice.workflow.lint.subject import Subject
from sluice.workflow.model import NormalJob, RunStep
from sluice.workflow.tokens import StringToken, Token, written_text

_WITHOUT_PIPEFAIL = ("sh", None)
_COMMAND = re.compile(r"::(set-output|save-state|set-env|add-path)\b")
_CMDLET = re.compile(
    r"\$env:|\b(?:Add|Compress|Copy|Expand|ForEach|Format|Get|Install|Invoke|Join|Measure|Move|New|Out|Remove|Rename|"
    r"Select|Set|Sort|Split|Start|Stop|Test|Where|Write)-[A-Z][a-z]+[A-Za-z]*"
)
"""What only PowerShell has: its environment and the verbs of its commands."""
_REPLACEMENTS = {
    "set-output": "write `name=value` to $GITHUB_OUTPUT",
    "save-state": "write `name=value` to $GITHUB_STATE",
    "set-env": "write `name=value` to $GITHUB_ENV; GitHub no longer obeys ::set-env",
    "add-path": "write the folder to $GITHUB_PATH; GitHub no longer obeys ::add-path",
}


def script_of(step: RunStep) -> str:
    """The text of a script, expressions as written."""
    return written_text(step.run)


@rule(
    Severity.WARNING,
    "Without `shell: bash` the script runs without pipefail, so that only the last command of a pipe can fail it.",
    "run: pytest | tee report.txt",
)
def pipe_without_pipefail(subject: Subject) -> Iterator[Finding]:
    """Pipes in scripts that run by the default shell."""
    for job, step in subject.run_steps():
        script = script_of(step)
        if not _is_without_pipefail(subject, job, step) or sets_pipefail(script):
            continue
        for line in risky_pipes(script):
            yield Finding(
                span=_piece_of_run(subject, step, line),
                message="A command on the left of this pipe can fail unnoticed: the default shell has no pipefail",
                hint="add `shell: bash` to the step (or to `defaults.run`), or `set -o pipefail` to the script",
            )


def _is_without_pipefail(subject: Subject, job: NormalJob, step: RunStep) -> bool:
    if _may_be_powershell(job, script_of(step)):
        return False
    for shell in (step.shell, _default_shell(job), _default_shell(subject.workflow)):
        if shell is not None:
            return isinstance(shell, StringToken) and shell.value in _WITHOUT_PIPEFAIL
    return True


def _may_be_powershell(job: NormalJob, script: str) -> bool:
    """Whether the default shell is, or where the machine is not written, by the script may be, that of Windows."""
    labels = literal_labels(job.runs_on)
    if labels is not None:
        return any(label.value.lower().startswith("windows") for label in labels)
    return _CMDLET.search(script) is not None


def _default_shell(owner: NormalJob | object) -> Token | None:
    defaults = getattr(owner, "defaults", None)
    return defaults.shell if defaults else None


def _piece_of_run(subject: Subject, step: RunStep, piece: str) -> Span:
    return subject.source.find(step.run.span, piece)


@rule(
    Severity.WARNING,
    "The workflow commands set-output, save-state, set-env and add-path are taken back; files replaced them.",
    'run: echo "::set-output name=version::1.2"',
)
def deprecated_command(subject: Subject) -> Iterator[Finding]:
    """Workflow commands that GitHub warns about or ignores."""
    for _, step in subject.run_steps():
        for match in _COMMAND.finditer(script_of(step)):
            yield Finding(
                span=_piece_of_run(subject, step, match[0]),
                message=f"The workflow command '{match[1]}' is deprecated",
                hint=_REPLACEMENTS[match[1]],
            )


RULES = (pipe_without_pipefail, deprecated_command)
