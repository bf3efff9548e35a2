"""The event that starts a run: what the person asked for, filled in from the repository's snapshot and the workflow."""

from __future__ import annotations

import getpass
import json
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from sluice.app.running.options import RunOptions
from sluice.expressions.values import Dictionary
from sluice.plan.event.facts import (
    EventFacts,
    IssueFacts,
    PullRequestFacts,
    WorkflowRunFacts,
    default_activity,
    short_name,
)
from sluice.repository.snapshot import Snapshot, compared_with, tip_of
from sluice.source.errors import UsageError
from sluice.workflow.model import Workflow

_PULL_EVENTS = frozenset({"pull_request", "pull_request_review", "pull_request_review_comment", "pull_request_target"})
_ISSUE_EVENTS = frozenset({"issue_comment", "issues"})
_WITHOUT_ACTIVITY = frozenset({"push", "schedule", "workflow_call", "workflow_dispatch"})
_NO_REF = re.compile(r"^$|[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|^[/.]|/\.|[/.]$|\.lock(/|$)")
"""What ``git check-ref-format`` refuses."""
BY_HAND = ("workflow_dispatch", "workflow_call")
"""The events that have inputs; a called workflow can be run by itself."""
_STANDARD_INPUT = Path("-")
_PREFERRED = ("push", "workflow_dispatch", "pull_request")


Earlier = Callable[[tuple[str, ...]], WorkflowRunFacts | None]


class Occasion(Struct, frozen=True, kw_only=True):
    """Facts of the event, and the payload that the person gave."""

    facts: EventFacts
    payload: Mapping[str, object]


def choose_event(workflow: Workflow, options: RunOptions) -> str:
    """The event asked for; else a push, or the first thing that starts this workflow."""
    if options.event is not None:
        return options.event
    if by_hand := [event for event in BY_HAND if options.inputs and event in workflow.triggers]:
        return by_hand[0]
    known = [event for event in _PREFERRED if event in workflow.triggers]
    return known[0] if known else next(iter(workflow.triggers), "push")


def make_occasion(
    event: str,
    workflow: Workflow,
    snapshot: Snapshot,
    options: RunOptions,
    payload: Mapping[str, object],
    earlier: Earlier = lambda _: None,
) -> Occasion:
    """The event as GitHub would tell of it; what a ``payload`` of the person's own says goes before what git says.

    ``earlier`` gives the newest run of the workflows of these names that is over.
    """
    _check_options(event, options)
    actor = _user()
    pull = _pull_request(snapshot, options, payload, actor) if event in _PULL_EVENTS else None
    _check_base(snapshot, options)
    seen = compared_with(snapshot, pull.base_branch) if pull else snapshot
    facts = EventFacts(
        event=event,
        activity=_activity(event, workflow, options, payload),
        repository=snapshot.repository_name,
        ref=_asked_ref(event, snapshot, options) or _ref(event, pull, snapshot, payload),
        sha=tip_of(snapshot, snapshot.default_branch) if event == "pull_request_target" else snapshot.sha,
        base_sha=seen.base_sha,
        actor=actor,
        default_branch=snapshot.default_branch,
        message=snapshot.message,
        author_name=snapshot.author_name,
        author_email=snapshot.author_email,
        time=snapshot.time,
        changed_files=seen.changed_files,
        added_files=seen.added_files,
        removed_files=seen.removed_files,
        push=snapshot.push,
        pull_request=replace(pull, base_sha=seen.base_sha, commits=seen.commits) if pull else None,
        issue=_issue(options, payload) if event in _ISSUE_EVENTS else None,
        workflow_run=_workflow_run(workflow, snapshot, payload, earlier) if event == "workflow_run" else None,
        cron=_cron(workflow, payload) if event == "schedule" else None,
        inputs=Dictionary(dict(options.inputs)),
        workflow_path=workflow.file,
    )
    return Occasion(facts=facts, payload=payload)


def _check_options(event: str, options: RunOptions) -> None:
    """Raise ``UsageError`` for an option that says nothing about this event."""
    for option, given, fits, wanted in (
        ("--label", options.labels, event in _PULL_EVENTS | _ISSUE_EVENTS, "pull_request, issues"),
        ("--base", options.base, event in _PULL_EVENTS, "pull_request"),
        ("--activity", options.activity, event not in _WITHOUT_ACTIVITY, "pull_request, issues, release ..."),
    ):
        if given and not fits:
            raise UsageError(
                f"{option} says nothing about the event {event}, which this run is of",
                hint=f"name an event that has it (--event {wanted}), or leave it out",
            )


def _check_base(snapshot: Snapshot, options: RunOptions) -> None:
    """Raise ``UsageError`` for a base that isn't here: nobody could say what the pull request changes."""
    if options.base and options.base != snapshot.branch and not tip_of(snapshot, options.base):
        raise UsageError(
            f"--base '{options.base}': there is no such branch here, nor at origin as it was last fetched",
            hint=f"git branch --all shows those that there are; git fetch origin {options.base} brings one",
        )


def _activity(event: str, workflow: Workflow, options: RunOptions, payload: Mapping[str, object]) -> str | None:
    """The type asked for; else the usual one, or the first that the workflow waits for when nobody named an event."""
    if asked := options.activity or _text(payload, "action"):
        return asked
    usual, trigger = default_activity(event), workflow.triggers.get(event)
    if trigger is None or not trigger.types or usual in trigger.types:
        return usual
    return trigger.types[0] if usual is None or options.event is None else usual


def _asked_ref(event: str, snapshot: Snapshot, options: RunOptions) -> str | None:
    if options.ref is None:
        return None
    if _NO_REF.search(options.ref):
        raise UsageError(f"--ref '{options.ref}' is no name that git allows", hint="such as refs/tags/v1.2.3 or main")
    return f"refs/tags/{options.ref}" if _is_tag(event, snapshot, options.ref) else _whole(options.ref)


def _is_tag(event: str, snapshot: Snapshot, ref: str) -> bool:
    """Whether a short ref is a tag's name: of a release always, else where there is a tag and no such branch."""
    if ref.startswith("refs/"):
        return False
    branches = (f"refs/heads/{ref}", f"refs/remotes/origin/{ref}")
    return event == "release" or (snapshot.has(f"refs/tags/{ref}") and not any(map(snapshot.has, branches)))


def _whole(ref: str) -> str:
    return ref if ref.startswith("refs/") else f"refs/heads/{ref}"


def _ref(event: str, pull: PullRequestFacts | None, snapshot: Snapshot, payload: Mapping[str, object]) -> str:
    """What GitHub would name when nobody names a ref."""
    if event == "release":
        if tag := _text(payload, "release", "tag_name"):
            return f"refs/tags/{tag}"
        raise UsageError("A release is of a tag, and none is named", hint="such as --ref refs/tags/v1.2.3")
    if event == "pull_request_target":
        return f"refs/heads/{snapshot.default_branch}"
    return f"refs/pull/{pull.number}/merge" if pull else snapshot.ref


def _pull_request(
    snapshot: Snapshot, options: RunOptions, payload: Mapping[str, object], actor: str
) -> PullRequestFacts:
    number, head_repository = _inside(payload, "pull_request", "number"), ("pull_request", "head", "repo", "full_name")
    return PullRequestFacts(
        number=number if isinstance(number, int) else 1,
        title=snapshot.message.partition("\n")[0],
        labels=options.labels,
        author=actor,
        head_branch=_text(payload, "pull_request", "head", "ref") or short_name(snapshot.ref),
        head_sha=snapshot.sha,
        head_repository=_text(payload, *head_repository),
        base_branch=options.base or _text(payload, "pull_request", "base", "ref") or snapshot.default_branch,
        base_sha=snapshot.base_sha,
    )


def _issue(options: RunOptions, payload: Mapping[str, object]) -> IssueFacts:
    number = _inside(payload, "issue", "number")
    return IssueFacts(number=number if isinstance(number, int) else 1, labels=options.labels)


def _workflow_run(
    workflow: Workflow, snapshot: Snapshot, payload: Mapping[str, object], earlier: Earlier
) -> WorkflowRunFacts:
    """The newest run here of a workflow that this one waits for; without any, one that passed on this branch."""
    trigger = workflow.triggers.get("workflow_run")
    given = _text(payload, "workflow_run", "name")
    names = (given,) if given else tuple(trigger.workflows or ("",)) if trigger else ("",)
    found = earlier(names) or WorkflowRunFacts(workflow=names[0], head_branch=snapshot.branch, head_sha=snapshot.sha)
    return replace(found, head_branch=_text(payload, "workflow_run", "head_branch") or found.head_branch)


def _cron(workflow: Workflow, payload: Mapping[str, object]) -> str | None:
    trigger = workflow.triggers.get("schedule")
    first = trigger.cron[0][0].value if trigger and trigger.cron else None
    return _text(payload, "schedule") or first


def _text(payload: Mapping[str, object], *keys: str) -> str:
    found = _inside(payload, *keys)
    return found if isinstance(found, str) else ""


def _inside(payload: object, *keys: str) -> object:
    for key in keys:
        payload = payload.get(key) if isinstance(payload, Mapping) else None
    return payload


def read_payload(path: Path | None) -> Mapping[str, object]:
    """The JSON object in a file, or in what ``-`` stands for: standard input; nothing without a path. A pipe is read to
    its end, so that it can be read once. Raises ``UsageError``.
    """
    if path is None:
        return {}
    try:
        document = json.loads(sys.stdin.read() if path == _STANDARD_INPUT else path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"--event-file {path}: {error}") from error
    if not isinstance(document, dict):
        raise UsageError(f"--event-file {path}: expected a JSON object")
    return document


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
