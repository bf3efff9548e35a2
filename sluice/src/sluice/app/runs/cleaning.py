"""``sluice clean``: old runs and what killed uploads left. In: an age, a number to keep. Out: what goes, and its size.

Runs that are not over stay, with everything of theirs; so do measures and deployments, which are histories of their
own. The newest runs of each workflow stay, whatever their age. A run whose engine died is over, also where a full disk
has no room to say so.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from msgspec import Struct, field

from sluice.app.runs.interrupted import mark_interrupted
from sluice.machine.processes import is_alive
from sluice.machine.trees import size_of
from sluice.source.errors import StoreError
from sluice.store.errors import DiskFullError
from sluice.store.runs.protocol import RunRow
from sluice.store.runs.removal import give_back_room, orphans, partial_uploads, remove_path, remove_runs
from sluice.store.runs.sqlite import SqliteStore

_ALL = -1
_WORTH_A_VACUUM = 50


class Wish(Struct, frozen=True, kw_only=True):
    """Runs that ended more than ``older_than`` seconds ago, but for the ``keep`` newest of each workflow; of one
    repository where ``root`` names it.
    """

    older_than: float
    keep: int = 0
    root: str | None = None
    now: float = field(default_factory=time.time)


class Removable(Struct, frozen=True, kw_only=True):
    """What would go; ``bytes`` on the disk. ``leftovers`` are files and folders that belong to no run any more, or to
    one that stays.
    """

    runs: tuple[RunRow, ...]
    leftovers: tuple[Path, ...]
    bytes: int


@contextmanager
def open_to_clean(folder: Path, wish: Wish, *, dry_run: bool = False) -> Iterator[SqliteStore]:
    """The store in this folder, also on a disk without any room: what goes makes some first, unless it is a
    ``dry_run``. Raises ``StoreError``.
    """
    try:
        store = SqliteStore(folder)
    except DiskFullError:
        if not dry_run:
            _make_room(folder, wish)
        store = SqliteStore(folder, alone=dry_run)
    with store:
        yield store


def _make_room(folder: Path, wish: Wish) -> None:
    """Folders go before the rows, which ``remove`` removes then."""
    with SqliteStore(folder, alone=True) as store:
        found = find_removable(store, wish)
        for path in (*found.leftovers, *(folder / "runs" / row.run for row in found.runs)):
            remove_path(path)


def find_removable(store: SqliteStore, wish: Wish) -> Removable:
    """What the wish covers. Raises ``StoreError``."""
    rows = store.runs(root=wish.root, limit=_ALL)
    going = tuple(_old(rows, wish))
    gone = {row.run for row in going}
    stay = [row.run for row in rows if row.status == "completed" and row.run not in gone]
    leftovers = (*partial_uploads(store, stay), *orphans(store))
    folders = [store.root / "runs" / row.run for row in going]
    return Removable(runs=going, leftovers=leftovers, bytes=sum(map(size_of, [*folders, *leftovers])))


def remove(store: SqliteStore, removable: Removable) -> int:
    """Remove it; how many runs. Raises ``StoreError``."""
    for path in removable.leftovers:
        remove_path(path)
    if dead := [row for row in removable.runs if row.status != "completed"]:
        for row in dead:  # what they hold makes room for their last event
            remove_path(store.root / "runs" / row.run)
        mark_interrupted(store)
    gone = remove_runs(store, (row.run for row in removable.runs))
    if len(gone) >= _WORTH_A_VACUUM:
        with suppress(StoreError):  # somebody writes: the room is used again, or given back another time
            give_back_room(store)
    return len(gone)


def _old(rows: Sequence[RunRow], wish: Wish) -> Iterator[RunRow]:
    seen: Counter[tuple[str, str]] = Counter()
    for row in rows:
        if row.status != "completed" and is_alive(row.engine_pid, row.engine_started):
            continue
        seen[row.root, row.workflow_file] += 1
        ended = row.completed or row.created
        if seen[row.root, row.workflow_file] > wish.keep and wish.now - ended > wish.older_than:
            yield row
