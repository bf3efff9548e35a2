"""Which processes belong to one that was started, as ``/proc`` shows them, and ending them all.

A descendant that lost its parent is found by its session. One that left that, too, is no longer the step's: it lives as
long as the job does, as a server that a step starts for later ones is meant to.
"""

from __future__ import annotations

import os
import time
from _collections_abc import Callable, Iterator

from sluice.runners.host.inside import signals

Entry = tuple[int, int, str]  # parent, session, state


def processes() -> dict[int, Entry]:
    """Every process of this ``/proc``: number -> parent, session, state letter."""
    found: dict[int, Entry] = {}
    for name in os.listdir("/proc"):  # noqa: PTH208 - pathlib would double this process's start-up time
        if name.isdigit():
            entry = _entry(name)
            if entry is not None:
                found[int(name)] = entry
    return found


def _entry(name: str) -> Entry | None:
    try:
        with open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123 - as above
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    return int(fields[1]), int(fields[3]), fields[0].decode()


def below(root: int, table: dict[int, Entry]) -> set[int]:
    """``root``'s descendants, without itself."""
    children: dict[int, list[int]] = {}
    for number, (parent, _, _) in table.items():
        children.setdefault(parent, []).append(number)
    found: set[int] = set()
    waiting = [root]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return found


def tree(root: int, keeper: int, table: dict[int, Entry], *, reaped: bool = False) -> set[int]:
    """``root``, its descendants, and the keeper's orphans of its session with their descendants. Once ``reaped``, its
    number may be another's, and it has no descendants left but those orphans.
    """
    found = set() if reaped else {root} | below(root, table)
    for number, (parent, session, _) in table.items():
        if parent == keeper and session == root and number not in found:
            found |= {number} | below(number, table)
    return found


def living(numbers: set[int], table: dict[int, Entry]) -> Iterator[int]:
    """Those of ``numbers`` that run still; a zombie waits for its parent only."""
    return (number for number in numbers if number in table and table[number][2] not in "ZX")


def kill(select: Callable[[dict[int, Entry]], set[int]], reap: Callable[[], None], deadline: float = 5.0) -> bool:
    """Kill what ``select`` names until nothing of it lives; whether that came about within ``deadline`` seconds.

    What another user's rights protect is left, and nothing waits for it.
    """
    end = time.monotonic() + deadline
    refused: set[int] = set()
    while time.monotonic() < end:
        table = processes()
        targets = list(living(select(table), table))
        if refused.issuperset(targets):
            return not targets
        for number in targets:
            try:
                os.kill(number, signals.SIGKILL)
            except PermissionError:
                refused.add(number)
            except OSError:
                continue
        reap()
        time.sleep(0.001)
    return False
