"""Rules against text of strangers where it becomes code (GitHub's "Secure use" guide: script injection)."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from sluice.expressions.paths import Path, flowing_paths
from sluice.source.diagnostics import Severity
from sluice.workflow.lint.rule import Finding, rule
from sluice.workflow.lint.subject import Subject
from sluice.workflow.model import ActionStep
from sluice.workflow.sites import Site, expression_tokens, site_of
from sluice.workflow.tokens import ExpressionToken, Token

_UNTRUSTED = tuple(
    tuple(path.split("."))
    for path in (
        "github.event.issue.title",
        "github.event.issue.body",
        "github.event.pull_request.title",
        "github.event.pull_request.body",
        "github.event.pull_request.head.ref",
        "github.event.pull_request.head.label",
        "github.event.pull_request.head.repo.default_branch",
        "github.event.comment.body",
        "github.event.review.body",
        "github.event.review_comment.body",
        "github.event.discussion.title",
        "github.event.discussion.body",
        "github.event.pages.*.page_name",
        "github.event.commits.*.message",
        "github.event.commits.*.author.email",
        "github.event.commits.*.author.name",
        "github.event.head_commit.message",
        "github.event.head_commit.author.email",
        "github.event.head_commit.author.name",
        "github.event.workflow_run.head_branch",
        "github.event.workflow_run.head_commit.message",
        "github.event.workflow_run.head_commit.author.email",
        "github.event.workflow_run.head_commit.author.name",
        "github.event.workflow_run.pull_requests.*.head.ref",
        "github.event.workflow_run.display_title",
        "github.head_ref",
    )
)
_SCRIPT_INPUTS = {"actions/github-script": "script"}


@rule(
    Severity.WARNING,
    "Text that anyone may choose (a title, a body, a branch name) becomes part of a script, and so can run as code.",
    'run: echo "${{ github.event.issue.title }}"',
)
def untrusted_input_in_script(subject: Subject) -> Iterator[Finding]:
    """Untrusted event data in ``run`` and in scripts given to actions."""
    for site in _script_sites(subject):
        for path in flowing_paths(site.expression):
            if _is_untrusted(path):
                piece = site.source[path.node.start : path.node.end]
                yield Finding(
                    span=subject.place(site, path.node),
                    message=f"'{piece}' is text that anyone may choose, and here it becomes code",
                    hint="give it to the script through `env:` and read the variable there",
                )


def _script_sites(subject: Subject) -> Iterator[Site]:
    yield from (site for site in subject.sites if site.key == "run")
    for job, step in subject.action_steps():
        for token in _script_tokens(step):
            yield replace(site_of("with", token), job=job, step=step)


def _script_tokens(step: ActionStep) -> Iterator[ExpressionToken]:
    name = _SCRIPT_INPUTS.get(step.uses.value.split("@")[0].lower())
    if name:
        yield from expression_tokens(_input(step, name))


def _input(step: ActionStep, name: str) -> Token | None:
    return next((value for key, value in step.written_inputs if key.value.lower() == name), None)


def _is_untrusted(path: Path) -> bool:
    """Whether the path is an untrusted one, or the whole of something that holds one."""
    if path.names in (("github",), ("github", "event")):
        return True
    return len(path.names) > 1 and any(_covers(path.names, untrusted) for untrusted in _UNTRUSTED)


def _covers(names: tuple[str | None, ...], untrusted: tuple[str, ...]) -> bool:
    if len(names) > len(untrusted):
        return False
    return all(
        name == wanted or (wanted == "*" or name is None) for name, wanted in zip(names, untrusted, strict=False)
    )


@rule(
    Severity.WARNING,
    "pull_request_target runs with the repository's secrets; to check out the stranger's branch gives them away.",
    "on: pull_request_target ... uses: actions/checkout@v4 with ref: ${{ github.event.pull_request.head.sha }}",
)
def dangerous_checkout(subject: Subject) -> Iterator[Finding]:
    """Checkouts of a pull request's head in workflows that run with secrets."""
    if not {"pull_request_target", "workflow_run"} & subject.workflow.triggers.keys():
        return
    for _, step in subject.action_steps():
        if step.uses.value.lower().split("@")[0] != "actions/checkout":
            continue
        for token in expression_tokens(_input(step, "ref")):
            if any(_is_head(path) for path in flowing_paths(token.expression)):
                yield Finding(
                    span=token.span,
                    message="This checks out code of a stranger in a workflow that has the repository's secrets",
                    hint="use `pull_request`, or split the job: build without secrets, publish from `workflow_run`",
                )


def _is_head(path: Path) -> bool:
    return path.names[:2] == ("github", "head_ref") or "head" in path.names[2:] or path.name(3) == "head_sha"


RULES = (untrusted_input_in_script, dangerous_checkout)
