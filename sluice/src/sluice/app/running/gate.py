"""Concurrency groups across the runs of this machine: the state machine of ``plan.concurrency`` in a locked file.

Every process polls the file while it holds or waits; an owner whose process died is released by whoever looks next.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
from msgspec import Struct, field

from sluice.machine.processes import identify, is_alive
from sluice.plan.rules.concurrency import Cancelled, Claim, Group, Groups, Queued, release, request

POLL_SECONDS = 0.2


class _Member(Struct):
    cancel: Callable[[str], None]
    changed: anyio.Event = field(default_factory=anyio.Event)


class _State(Struct):
    """The file's content: groups, each owner's process, and who was told to go."""

    groups: Groups
    processes: dict[str, list[float]]
    cancelled: dict[str, str]


class SharedGate:
    """An ``engine.facilities.Gate``; enter it as a context to keep watch."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._members: dict[str, _Member] = {}
        self._identity = list(identify())

    async def watch(self) -> None:
        """Look at the file as long as somebody here holds or waits; runs until it is cancelled."""
        while True:
            await anyio.sleep(POLL_SECONDS)
            if self._members:
                self._look()

    async def enter(self, claim: Claim, *, waiting: Callable[[str], None], cancel: Callable[[str], None]) -> bool:
        """Wait for the group; ``False`` when it can't be had, for which ``cancel`` was told the reason."""
        member = self._members[claim.owner] = _Member(cancel)
        with self._locked() as state:
            state.groups, orders = request(state.groups, claim)
            state.processes[claim.owner] = self._identity
            state.cancelled |= {order.owner: order.reason for order in orders if isinstance(order, Cancelled)}
            queued = [order.behind for order in orders if isinstance(order, Queued) and order.owner == claim.owner]
        for holder in queued:
            waiting(holder)
        return await self._wait(claim, member)

    async def _wait(self, claim: Claim, member: _Member) -> bool:
        while True:
            with self._locked() as state:
                holds = state.groups.of(claim.group).running == claim.owner
                reason = state.cancelled.get(claim.owner)
            if reason is not None:
                member.cancel(reason)
                return False
            if holds:
                return True
            member.changed = anyio.Event()
            await member.changed.wait()

    def leave(self, owner: str) -> None:
        """Give back whatever ``owner`` holds or waits for."""
        if self._members.pop(owner, None) is not None:
            with self._locked() as state:
                _forget(state, owner)

    def _look(self) -> None:
        with self._locked() as state:
            reasons = {owner: state.cancelled[owner] for owner in self._members if owner in state.cancelled}
        for owner, member in tuple(self._members.items()):
            member.changed.set()
            if owner in reasons:
                member.cancel(reasons[owner])

    @contextmanager
    def _locked(self) -> Iterator[_State]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            state = _read(file.read())
            before = _text(state)
            _bury(state)
            yield state
            after = _text(state)
            if after != before:
                file.seek(0)
                file.truncate()
                file.write(after)


def _read(text: str) -> _State:
    """A file that was cut off counts as empty: its owners are gone or will ask again."""
    try:
        document: dict[str, Any] = json.loads(text) if text else {}
    except ValueError:
        document = {}
    groups = {
        name: Group(running=group["running"], pending=tuple(group["pending"]))
        for name, group in document.get("groups", {}).items()
    }
    return _State(Groups(groups=groups), document.get("processes", {}), document.get("cancelled", {}))


def _text(state: _State) -> str:
    groups = {name: {"running": group.running, "pending": group.pending} for name, group in state.groups.groups.items()}
    return json.dumps({"groups": groups, "processes": state.processes, "cancelled": state.cancelled})


def _bury(state: _State) -> None:
    """Release the owners whose process is gone."""
    for owner, (pid, started) in tuple(state.processes.items()):
        if not is_alive(int(pid), started):
            _forget(state, owner)


def _forget(state: _State, owner: str) -> None:
    state.groups, _ = release(state.groups, owner)
    state.processes.pop(owner, None)
    state.cancelled.pop(owner, None)
