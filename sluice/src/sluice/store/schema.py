"""The tables of the event store, as a list of steps from an empty file to the current version. Never edit a step that
was released: add one. ``events`` is the truth; every other table can be made again from it.
"""

from __future__ import annotations

STEPS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE events (
            run TEXT NOT NULL, seq INTEGER NOT NULL, time REAL NOT NULL, data BLOB NOT NULL, PRIMARY KEY (run, seq)
        ) WITHOUT ROWID""",
        """CREATE TABLE runs (
            id INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL UNIQUE, number INTEGER NOT NULL,
            attempt INTEGER NOT NULL DEFAULT 1, workflow_file TEXT NOT NULL, workflow_name TEXT NOT NULL DEFAULT '',
            run_name TEXT NOT NULL DEFAULT '', "trigger" TEXT NOT NULL DEFAULT '', ref TEXT NOT NULL DEFAULT '',
            sha TEXT NOT NULL DEFAULT '', root TEXT NOT NULL, status TEXT NOT NULL DEFAULT 'queued', conclusion TEXT,
            created REAL NOT NULL, completed REAL, engine_pid INTEGER NOT NULL, engine_started REAL NOT NULL
        )""",
        "CREATE INDEX runs_by_root ON runs (root, workflow_file)",
        "CREATE INDEX unfinished_runs ON runs (status) WHERE status != 'completed'",
        """CREATE TABLE numbers (
            root TEXT NOT NULL, workflow_file TEXT NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (root, workflow_file)
        ) WITHOUT ROWID""",
        """CREATE TABLE durations (
            id INTEGER PRIMARY KEY, run TEXT NOT NULL, job TEXT NOT NULL, step TEXT NOT NULL, seconds REAL NOT NULL
        )""",
        "CREATE INDEX durations_by_run ON durations (run)",
        """CREATE TABLE cache_lookups (
            id INTEGER PRIMARY KEY, run TEXT NOT NULL, job TEXT NOT NULL, key TEXT NOT NULL, found TEXT NOT NULL
        )""",
        "CREATE INDEX cache_lookups_by_run ON cache_lookups (run)",
    ),
    ("ALTER TABLE runs ADD COLUMN unavailable INTEGER NOT NULL DEFAULT 0",),
)
