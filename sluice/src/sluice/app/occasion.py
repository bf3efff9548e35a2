"""The event that starts a run: what the person asked for, filled in from the repository's snapshot."""

from __future__ import annotations

import getpass
import json
import re
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from sluice.app.options import RunOptions
from sluice.expressions.values import Dictionary
from sluice.plan.event_facts import EventFacts, PullRequestFacts, default_activity, short_name
from sluice.runners.host.snapshot import Snapshot
from sluice.source.errors import UsageError
from sluice.workflow.model import Workflow

_PULL_EVENTS = frozenset({"pull_request", "pull_request_target"})
_NO_REF = re.compile(r"^$|[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|^[/.]|/\.|[/.]$|\.lock(/|$)")
"""What ``git check-ref-format`` refuses."""
_PREFERRED = ("push", "workflow_dispatch", "pull_request")


class Occasion(Struct, frozen=True, kw_only=True):
    """Facts of the event, and the payload that the person gave."""

    facts: EventFacts
    payload: Mapping[str, object]


def choose_event(workflow: Workflow, options: RunOptions) -> str:
    """The event asked for; else a push, or the first thing that starts this workflow."""
    if options.event is not None:
        return options.event
    if options.inputs and "workflow_dispatch" in workflow.triggers:
        return "workflow_dispatch"
    known = [event for event in _PREFERRED if event in workflow.triggers]
    return known[0] if known else next(iter(workflow.triggers), "push")


def make_occasion(event: str, snapshot: Snapshot, options: RunOptions) -> Occasion:
    """The event as GitHub would tell of it."""
    actor = _user()
    facts = EventFacts(
        event=event,
        activity=options.activity or default_activity(event),
        repository=snapshot.repository_name,
        ref=_ref(event, snapshot, options),
        sha=snapshot.sha,
        base_sha=snapshot.base_sha,
        actor=actor,
        default_branch=snapshot.default_branch,
        message=snapshot.message,
        changed_files=snapshot.changed_files,
        pull_request=_pull_request(snapshot, options, actor) if event in _PULL_EVENTS else None,
        inputs=Dictionary(dict(options.inputs)),
    )
    return Occasion(facts=facts, payload=_payload(options.event_file))


def _ref(event: str, snapshot: Snapshot, options: RunOptions) -> str:
    if options.ref is not None:
        if _NO_REF.search(options.ref):
            raise UsageError(
                f"--ref '{options.ref}' is no name that git allows", hint="such as refs/tags/v1.2.3 or main"
            )
        return _whole(options.ref, snapshot)
    return "refs/pull/1/merge" if event == "pull_request" else snapshot.ref


def _whole(ref: str, snapshot: Snapshot) -> str:
    """The ref by its whole name: a short one is a branch's, or a tag's where there is no such branch."""
    if ref.startswith("refs/"):
        return ref
    branches = (f"refs/heads/{ref}", f"refs/remotes/origin/{ref}")
    is_tag = snapshot.has(f"refs/tags/{ref}") and not any(map(snapshot.has, branches))
    return f"refs/tags/{ref}" if is_tag else f"refs/heads/{ref}"


def _pull_request(snapshot: Snapshot, options: RunOptions, actor: str) -> PullRequestFacts:
    return PullRequestFacts(
        title=snapshot.message.partition("\n")[0],
        labels=options.labels,
        author=actor,
        head_branch=short_name(snapshot.ref),
        head_sha=snapshot.sha,
        base_branch=options.base or snapshot.default_branch,
        base_sha=snapshot.base_sha,
    )


def _payload(path: Path | None) -> Mapping[str, object]:
    if path is None:
        return {}
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
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
