"""The table of runs: which there are, and which one a user means. In: a connection. Out: rows, or a ``UsageError``."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from sluice.source.errors import UsageError
from sluice.source.numbers import whole_number
from sluice.store.runs.protocol import RunRow

_COLUMNS = (
    'run, number, attempt, workflow_file, workflow_name, run_name, "trigger", ref, sha, root, status, conclusion,'
    " created, completed, engine_pid, engine_started, unavailable, id"
)
_FIELDS = tuple(column.strip().strip('"') for column in _COLUMNS.split(","))
_SHOWN = 5


class RunTable:
    """Questions about runs. ``root`` narrows each of them to the runs of one repository folder."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def newest(self, root: str | None, limit: int) -> Sequence[RunRow]:
        """The newest runs first."""
        return self._rows("TRUE", (), root, "DESC", limit)

    def unfinished(self) -> Sequence[RunRow]:
        """The runs that are not completed, the oldest first."""
        return self._rows("status != 'completed'", (), None, "ASC")

    def exact(self, run: str) -> RunRow | None:
        """The run with this id."""
        return next(iter(self._rows("run = ?", (run,), None)), None)

    def with_id(self, number: int, root: str) -> RunRow | None:
        """The run with the store's own number."""
        return next(iter(self._rows("id = ?", (number,), root)), None) if 0 < number < 1 << 63 else None

    def of_engine(self, pid: int, started: float) -> RunRow | None:
        """The newest run that this process performs or performed."""
        return next(iter(self._rows("engine_pid = ? AND engine_started = ?", (pid, started), None, limit=1)), None)

    def find(self, name: str, root: str | None) -> RunRow:
        """The run that a user names; by id, unique prefix of one, number or ``latest``."""
        wanted = name.strip()
        if wanted == "latest":
            return self._only(self.newest(root, 1), wanted, root)
        if exact := self.exact(wanted):
            return exact
        number = whole_number(wanted.removeprefix("#"))
        if number is not None and (numbered := self._numbered(number, root)):
            return self._only(numbered, wanted, root)
        # A prefix is compared by characters, not by pattern: a user's `%` or `*` means itself.
        prefixed = self._rows("substr(run, 1, ?) = ?", (len(wanted), wanted), root) if wanted else ()
        return self._only(prefixed, wanted, root)

    def _numbered(self, number: int, root: str | None) -> Sequence[RunRow]:
        """The newest attempt with this number of each workflow."""
        if number >= 1 << 63:
            return ()
        latest: dict[tuple[str, str], RunRow] = {}
        for row in self._rows("number = ?", (number,), root):
            latest.setdefault((row.root, row.workflow_file), row)
        return tuple(latest.values())

    def _only(self, rows: Sequence[RunRow], name: str, root: str | None) -> RunRow:
        if len(rows) == 1:
            return rows[0]
        if rows:
            raise UsageError(f"{name!r} stands for {len(rows)} runs: {_names(rows)}", hint="give more of the run's id")
        there = self.newest(root, _SHOWN)
        if not there:
            raise UsageError("there are no runs yet", hint="start one with `sluice run`")
        raise UsageError(
            f"no run is called {name!r}; the newest are {_names(there)}",
            hint="`sluice list` shows all of them; where a job is asked for, its run comes first: latest JOB",
        )

    def _rows(
        self, condition: str, values: tuple[object, ...], root: str | None, order: str = "DESC", limit: int = -1
    ) -> Sequence[RunRow]:
        narrowed = condition if root is None else f"{condition} AND root = ?"
        query = f"SELECT {_COLUMNS} FROM runs WHERE {narrowed} ORDER BY id {order} LIMIT ?"  # noqa: S608  # parts from this file only
        parameters = (*values, *(() if root is None else (root,)), limit)
        rows = self._connection.execute(query, parameters)
        return [RunRow(**dict(zip(_FIELDS, row, strict=True))) for row in rows]


def _names(rows: Sequence[RunRow]) -> str:
    shown = ", ".join(f"{row.run} (#{row.number} {row.workflow_file})" for row in rows[:_SHOWN])
    return f"{shown}, ..." if len(rows) > _SHOWN else shown
