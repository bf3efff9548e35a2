"""Every run's measures, by repository and commit. In: measures to keep. Out: those of a commit, or one name's over
time.

A file of its own beside the event store. Rows are only ever added; several processes may add at once, each batch
whole or not at all. It must not know what is good or bad.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import Struct

from sluice.evidence.model import Better, Measure
from sluice.store.connection import transaction
from sluice.store.ledgers.append_only import AppendOnlyFile, refuse_changes

_TABLES = (
    """CREATE TABLE batches (
        id INTEGER PRIMARY KEY AUTOINCREMENT, root TEXT NOT NULL, "commit" TEXT NOT NULL, time REAL NOT NULL
    )""",
    'CREATE INDEX batches_by_commit ON batches (root, "commit")',
    """CREATE TABLE measures (
        batch INTEGER NOT NULL, name TEXT NOT NULL, unit TEXT NOT NULL, better TEXT NOT NULL, value REAL NOT NULL,
        samples BLOB NOT NULL, machine TEXT, digest TEXT NOT NULL, tool TEXT NOT NULL
    )""",
    "CREATE INDEX measures_by_batch ON measures (batch)",
    "CREATE INDEX measures_by_name ON measures (name, batch)",
    *refuse_changes("batches", "history is only added to"),
    *refuse_changes("measures", "history is only added to"),
)
_COLUMNS = "name, unit, better, value, samples, machine, digest, tool"


class Recorded(Struct, frozen=True, kw_only=True):
    """A measure as it was recorded; ``time`` is in seconds since 1970."""

    commit: str
    time: float
    measure: Measure


class MeasureHistory:
    """The measures in one file; each call opens it anew, so that no lock outlives its use."""

    def __init__(self, path: Path) -> None:
        self._file = AppendOnlyFile(path, "the measures' history", _TABLES)

    def append(self, root: str, commit: str, measures: Iterable[Measure], time: float) -> int:
        """Keep the measures of one run on ``commit``; says how many. Raises ``StoreError``."""
        rows = [_row(measure) for measure in measures]
        with self._file.open() as connection, transaction(connection):
            batch = connection.execute(
                'INSERT INTO batches (root, "commit", time) VALUES (?, ?, ?)', (root, commit, time)
            ).lastrowid
            connection.executemany(
                f"INSERT INTO measures (batch, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - constant
                [(batch, *row) for row in rows],
            )
        return len(rows)

    def of_commit(self, root: str, commit: str) -> list[Measure]:
        """The latest of each measure on ``commit``, in the order of their names."""
        with self._file.open() as connection:
            rows = connection.execute(
                f'SELECT {_COLUMNS} FROM measures JOIN batches ON batches.id = batch WHERE root = ? AND "commit" = ? '  # noqa: S608 - constant
                "ORDER BY batch, measures.rowid",
                (root, commit),
            ).fetchall()
        latest = {row[0]: _measure(row, commit) for row in rows}
        return [latest[name] for name in sorted(latest)]

    def commits_with_data(self, root: str) -> frozenset[str]:
        """Every commit that has any measure."""
        with self._file.open() as connection:
            rows = connection.execute('SELECT DISTINCT "commit" FROM batches WHERE root = ?', (root,)).fetchall()
        return frozenset(commit for (commit,) in rows)

    def names(self, root: str) -> list[str]:
        """Every name that was ever measured, sorted."""
        with self._file.open() as connection:
            rows = connection.execute(
                "SELECT DISTINCT name FROM measures JOIN batches ON batches.id = batch WHERE root = ? ORDER BY name",
                (root,),
            ).fetchall()
        return [name for (name,) in rows]

    def series(self, root: str, name: str) -> list[Recorded]:
        """All that was recorded under ``name``, oldest first."""
        with self._file.open() as connection:
            rows = connection.execute(
                f'SELECT {_COLUMNS}, "commit", time FROM measures JOIN batches ON batches.id = batch '  # noqa: S608 - constant
                "WHERE root = ? AND name = ? ORDER BY batch, measures.rowid",
                (root, name),
            ).fetchall()
        return [Recorded(commit=row[8], time=row[9], measure=_measure(row[:8], row[8])) for row in rows]


def _row(measure: Measure) -> tuple[object, ...]:
    samples = msgspec.msgpack.encode(measure.samples)
    return (
        measure.name,
        measure.unit,
        measure.better.value,
        measure.value,
        samples,
        measure.machine,
        measure.digest,
        measure.tool,
    )


def _measure(row: tuple[object, ...], commit: str) -> Measure:
    name, unit, better, value, samples, machine, digest, tool = row
    return Measure(
        name=str(name),
        unit=str(unit),
        better=Better(str(better)),
        value=float(str(value)),
        samples=msgspec.msgpack.decode(samples, type=tuple[float, ...]) if isinstance(samples, bytes) else (),
        commit=commit,
        machine=None if machine is None else str(machine),
        digest=str(digest),
        tool=str(tool),
    )
