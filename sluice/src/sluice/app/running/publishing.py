"""Before a run publishes: it was rehearsed as it is, what it will do is said, and it has a token for it.

In: a run that is about to start with ``--publish``. Out: lines for the person; ``UsageError`` when it must not start.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator, Mapping

from sluice.app.running.given import TOKEN, differences
from sluice.app.runs.history import load_state
from sluice.app.settings import FILE
from sluice.delivery.secrets.declared import Declaration, Required
from sluice.events.model import RunQueued
from sluice.events.state import RunState
from sluice.source.errors import UsageError
from sluice.store.runs.sqlite import SqliteStore

_LOOKED_AT = 200
_ELSEWHERE = frozenset({"coverage-upload", "image-push", "notification", "package-upload", "readme", "registry-login"})
"""Kinds of effects that GitHub's token isn't for; nor is it for what Sluice deploys itself."""
_OWN = "sluice deploy "


def prepare_publication(
    store: SqliteStore, queued: RunQueued, secrets: Mapping[str, str], declarations: Iterable[Declaration]
) -> None:
    """Say what will leave the machine. Raises ``UsageError`` without a good rehearsal of just this, or a token."""
    if queued.dirty:
        raise UsageError(
            "The working tree has changes, and what is published must be a commit", hint="commit or stash them"
        )
    rehearsal = find_rehearsal(store, queued, _free(declarations))
    _check_token(rehearsal, secrets)
    sys.stderr.write("".join(f"{line}\n" for line in announcement(rehearsal)))


def find_rehearsal(store: SqliteStore, queued: RunQueued, free: Collection[str] = (TOKEN,)) -> RunState:
    """The newest run of the same workflow, event, ref and commit that passed without publishing and was given the same.

    ``free`` are the secrets that one may have alone. Raises ``UsageError``, with what differs in the newest one.
    """
    refusal: UsageError | None = None
    for state in _rehearsals(store, queued):
        found = list(differences(state.facts, queued, free)) if state.facts else []
        if not found:
            return state
        refusal = refusal or _otherwise(state, queued, found)
    raise refusal or UsageError(
        f"{queued.workflow_file} was not rehearsed for {queued.ref} at {queued.sha[:12]}, or that failed",
        hint="the same command without --publish shows what it would do",
    )


def _free(declarations: Iterable[Declaration]) -> frozenset[str]:
    """GitHub's token, which a rehearsal has of its own, and what ``sluice.toml`` says is for publishing."""
    wanted = (one.name.upper() for one in declarations if one.required is Required.TO_PUBLISH)
    return frozenset({TOKEN, *wanted})


def _otherwise(state: RunState, queued: RunQueued, found: Iterable[str]) -> UsageError:
    return UsageError(
        f"{queued.workflow_file} was rehearsed otherwise, in run {state.run}: {'; '.join(found)}",
        hint="the same command without --publish rehearses it as it is now; a secret that only publishing needs is "
        f'one with required = "{Required.TO_PUBLISH}" in {FILE}',
    )


def _rehearsals(store: SqliteStore, queued: RunQueued) -> Iterator[RunState]:
    """Runs of the same workflow, event, ref and commit that passed, the newest first."""
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
        if _is_whole(state):
            yield state


def _is_whole(state: RunState) -> bool:
    """Whether the run published nothing, and no job of it waited for a review in vain."""
    unreviewed = any(not review.approved for review in state.reviews())
    return state.facts is not None and not unreviewed and all(one.rehearsed for one in state.effects())


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
    if wanted and not any(name.upper() == TOKEN and value for name, value in secrets.items()):
        raise UsageError(
            f"The rehearsal's effects ({wanted[0].kind} {wanted[0].target} ...) need GitHub's token",
            hint="--secret GITHUB_TOKEN takes it from the environment",
        )
