"""Concurrency groups as a state machine: who may run, who waits, who is cancelled.

In: claims and releases. Out: the next state and what is to be done. The same machine serves the runs of a machine and
the jobs within one run. The rules are GitHub's: names ignore case; one owner runs; one waits, and a newer one takes
its place; with ``queue: max`` up to 100 wait in the order they came; ``cancel-in-progress`` cancels whoever runs too.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from sluice.plan.problems import evaluated, problem
from sluice.workflow.evaluation import Scope, evaluate_boolean, evaluate_text
from sluice.workflow.model import QUEUES, Concurrency

QUEUE_LIMIT = 100
GROUP_NAME_LIMIT = 400


class Claim(Struct, frozen=True, kw_only=True):
    """Somebody wants a group.

    ``owner`` is unique: a run's id or a job run's key within it. ``within`` are the owners that wait for this one to
    end (the run, a calling job): a group that one of them holds can never become free. ``queue`` is ``single`` or
    ``max``.
    """

    owner: str
    group: str
    cancel_in_progress: bool = False
    queue: str = "single"
    within: tuple[str, ...] = ()


class Group(Struct, frozen=True, kw_only=True):
    """Who runs and who waits, oldest first."""

    running: str | None = None
    pending: tuple[str, ...] = ()


class Groups(Struct, frozen=True, kw_only=True):
    """Every group that somebody runs or waits in, by its name in small letters."""

    groups: Mapping[str, Group] = field(default_factory=dict)

    def of(self, name: str) -> Group:
        """The group of this name, empty when nobody is in it."""
        return self.groups.get(name.lower(), Group())


class Granted(Struct, frozen=True, kw_only=True):
    """``owner`` may run now."""

    owner: str


class Queued(Struct, frozen=True, kw_only=True):
    """``owner`` has to wait; ``behind`` runs now."""

    owner: str
    behind: str


class Cancelled(Struct, frozen=True, kw_only=True):
    """``owner`` is to be cancelled; one that runs stays in the group until it is released."""

    owner: str
    reason: str


Order = Granted | Queued | Cancelled


def claim_of(concurrency: Concurrency, owner: str, scope: Scope, within: tuple[str, ...] = ()) -> Claim:
    """A ``concurrency`` key as a claim. Raises ``InvalidInputError`` for a name or a combination that can't be."""
    group = evaluated(lambda: evaluate_text(concurrency.group, scope))
    cancel = concurrency.cancel_in_progress
    in_progress = cancel is not None and evaluated(lambda: evaluate_boolean(cancel, scope))
    if not group:
        raise problem(concurrency.span, "concurrency", "Concurrency group name cannot be empty")
    if len(group) > GROUP_NAME_LIMIT:
        raise problem(concurrency.span, "concurrency", "Concurrency group name must be less than 400 characters")
    queue = _queue(concurrency, scope)
    if in_progress and queue == "max":
        raise problem(
            concurrency.span, "concurrency", "'queue: max' and 'cancel-in-progress: true' can't be used together"
        )
    return Claim(owner=owner, group=group, cancel_in_progress=in_progress, queue=queue, within=within)


def _queue(concurrency: Concurrency, scope: Scope) -> str:
    given = concurrency.queue
    if given is None:
        return "single"
    queue = evaluated(lambda: evaluate_text(given, scope))
    if queue not in QUEUES:
        raise problem(given.span, "unexpected-value", f"Unexpected value '{queue}'", f"allowed: {', '.join(QUEUES)}")
    return queue


def request(groups: Groups, claim: Claim) -> tuple[Groups, tuple[Order, ...]]:
    """Ask for a group. The orders say who is granted, queued or cancelled, the claim's own one last."""
    group = groups.of(claim.group)
    if group.running is None:
        return _put(groups, claim.group, replace(group, running=claim.owner)), (Granted(owner=claim.owner),)
    if group.running in claim.within:
        return groups, (Cancelled(owner=claim.owner, reason=_deadlock(claim, group.running)),)
    if claim.queue == "max" and not claim.cancel_in_progress:
        return _append(groups, claim, group)
    return _replace_pending(groups, claim, group)


def release(groups: Groups, owner: str) -> tuple[Groups, tuple[Order, ...]]:
    """``owner`` ended or gave up waiting, in every group it is in; whoever waited longest is granted."""
    orders: list[Order] = []
    for name, group in groups.groups.items():
        left = replace(group, pending=tuple(waiting for waiting in group.pending if waiting != owner))
        if left.running == owner:
            following = left.pending[:1]
            left = Group(running=following[0] if following else None, pending=left.pending[1:])
            orders += [Granted(owner=next_owner) for next_owner in following]
        groups = _put(groups, name, left)
    return groups, tuple(orders)


def _append(groups: Groups, claim: Claim, group: Group) -> tuple[Groups, tuple[Order, ...]]:
    if len(group.pending) >= QUEUE_LIMIT:
        reason = f"{QUEUE_LIMIT} already wait for concurrency group '{claim.group}'"
        return groups, (Cancelled(owner=claim.owner, reason=reason),)
    waiting = replace(group, pending=(*group.pending, claim.owner))
    return _put(groups, claim.group, waiting), (_queued(claim, group),)


def _replace_pending(groups: Groups, claim: Claim, group: Group) -> tuple[Groups, tuple[Order, ...]]:
    replaced = ((group.running,) if claim.cancel_in_progress and group.running else ()) + group.pending
    reason = f"a newer one asked for concurrency group '{claim.group}'"
    orders = tuple(Cancelled(owner=owner, reason=reason) for owner in replaced)
    waiting = replace(group, pending=(claim.owner,))
    return _put(groups, claim.group, waiting), (*orders, _queued(claim, group))


def _queued(claim: Claim, group: Group) -> Queued:
    return Queued(owner=claim.owner, behind=group.running or "")


def _deadlock(claim: Claim, holder: str) -> str:
    return f"a deadlock: concurrency group '{claim.group}' is held by '{holder}', which waits for '{claim.owner}'"


def _put(groups: Groups, name: str, group: Group) -> Groups:
    others = {key: kept for key, kept in groups.groups.items() if key != name.lower()}
    if group.running is None and not group.pending:
        return Groups(groups=others)
    return Groups(groups={**others, name.lower(): group})
