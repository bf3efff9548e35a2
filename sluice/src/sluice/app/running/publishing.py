"""Before a run publishes: it was rehearsed as it is, what it will do is said, and it has a token for it.

In: a run that is about to start with ``--publish``. Out: lines for the person; ``UsageError`` when it must not start.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping

from sluice.app.runs.history import load_state
from sluice.events.model import RunQueued
from sluice.events.state import RunState
from sluice.source.errors import UsageError
from sluice.store.runs.sqlite import SqliteStore

_LOOKED_AT = 200
_ELSEWHERE = frozenset({"coverage-upload", "image-push", "notification", "package-upload", "readme", "registry-login"})
"""Kinds of effects that GitHub's token isn't for; nor is it for what Sluice deploys itself."""
_OWN = "sluice deploy "


def prepare_publication(store: SqliteStore, queued: RunQueued, secrets: Mapping[str, str]) -> None:
    """Say what will leave the machine. Raises ``UsageError`` without a good rehearsal or a token."""
    if queued.dirty:
        raise UsageError(
            "The working tree has changes, and what is published must be a commit", hint="commit or stash them"
        )
    rehearsal = find_rehearsal(store, queued)
    if rehearsal is None:
        raise UsageError(
            f"{queued.workflow_file} was not rehearsed for {queued.ref} at {queued.sha[:12]}, or that failed",
            hint="the same command without --publish shows what it would do",
        )
    _check_token(rehearsal, secrets)
    sys.stderr.write("".join(f"{line}\n" for line in announcement(rehearsal)))


def find_rehearsal(store: SqliteStore, queued: RunQueued) -> RunState | None:
    """The newest run of the same workflow, event, ref and commit that passed without publishing."""
    for row in store.runs(root=queued.root, limit=_LOOKED_AT):
        same = (row.workflow_file, row.trigger, row.ref, row.sha) == (
            queued.workflow_file,
            queued.trigger,
            queued.ref,
            queued.sha,
        )
        if not same or row.conclusion != "success" or row.unavailable:
            continue
        state = load_state(store, row.run)
        if _is_whole(state, queued):
            return state
    return None


def _is_whole(state: RunState, queued: RunQueued) -> bool:
    """Whether the run had the same inputs, published nothing, and no job of it waited for a review in vain."""
    facts = state.facts
    same = facts is not None and facts.inputs == queued.inputs and facts.selected == queued.selected
    unreviewed = any(not review.approved for review in state.reviews())
    return same and not unreviewed and all(one.rehearsed for one in state.effects())


def announcement(rehearsal: RunState) -> Iterator[str]:
    """What will be published, line by line."""
    effects = list(rehearsal.effects())
    if not effects:
        yield f"sluice: nothing left the machine in the rehearsal, run {rehearsal.run}"
        return
    yield f"sluice: this publishes, as rehearsed in run {rehearsal.run}:"
    width = max(len(one.kind) for one in effects)
    yield from (f"  {one.kind:<{width}}  {one.target}" for one in effects)


def _check_token(rehearsal: RunState, secrets: Mapping[str, str]) -> None:
    told = [one for one in rehearsal.effects() if one.kind not in _ELSEWHERE]
    wanted = [one for one in told if not one.request.startswith(_OWN)]
    if wanted and not any(name.upper() == "GITHUB_TOKEN" and value for name, value in secrets.items()):
        raise UsageError(
            f"The rehearsal's effects ({wanted[0].kind} {wanted[0].target} ...) need GitHub's token",
            hint="--secret GITHUB_TOKEN takes it from the environment",
        )
