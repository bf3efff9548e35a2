"""Concurrency groups across the runs of this machine: the state machine of ``plan.rules.concurrency`` in a locked file.

Every process polls the file while it holds or waits; an owner whose process died is released by whoever looks next.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
import msgspec
from msgspec import Struct, field

from sluice.machine.processes import identify, is_alive
from sluice.plan.rules.concurrency import Cancelled, Claim, Group, Groups, Queued, release, request

POLL_SECONDS = 0.2


class _Member(Struct):
    cancel: Callable[[str], None]
    changed: anyio.Event = field(default_factory=anyio.Event)


class _State(Struct):
    """The file's content: groups, each owner's process, and who was told to go."""

    groups: dict[str, Group] = field(default_factory=dict)
    processes: dict[str, tuple[int, float]] = field(default_factory=dict)
    cancelled: dict[str, str] = field(default_factory=dict)


class SharedGate:
    """An ``engine.facilities.Gate``; enter it as a context to keep watch."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._members: dict[str, _Member] = {}
        self._identity = identify()

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
            after, orders = request(Groups(groups=state.groups), claim)
            state.groups = dict(after.groups)
            state.processes[claim.owner] = self._identity
            state.cancelled |= {order.owner: order.reason for order in orders if isinstance(order, Cancelled)}
            queued = [order.behind for order in orders if isinstance(order, Queued) and order.owner == claim.owner]
        for holder in queued:
            waiting(holder)
        return await self._wait(claim, member)

    async def _wait(self, claim: Claim, member: _Member) -> bool:
        while True:
            with self._locked() as state:
                holds = Groups(groups=state.groups).of(claim.group).running == claim.owner
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
        with self._path.open("ab+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            state = _read(file.read())
            before = msgspec.json.encode(state)
            _bury(state)
            yield state
            after = msgspec.json.encode(state)
            if after != before:
                file.seek(0)
                file.truncate()
                file.write(after)


def _read(data: bytes) -> _State:
    """A file that was cut off or holds something else counts as empty: its owners are gone or will ask again."""
    try:
        return msgspec.json.decode(data or b"{}", type=_State)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _State()


def _bury(state: _State) -> None:
    """Release the owners whose process is gone."""
    for owner, (pid, started) in tuple(state.processes.items()):
        if not is_alive(pid, started):
            _forget(state, owner)


def _forget(state: _State, owner: str) -> None:
    state.groups = dict(release(Groups(groups=state.groups), owner)[0].groups)
    state.processes.pop(owner, None)
    state.cancelled.pop(owner, None)
