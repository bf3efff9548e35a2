"""``sluice clean``: what goes is gone from every place, what runs stays whole, whoever is killed when."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import cast

import pytest
from commanding import sluice
from running import Run

from sluice.app.runs.cleaning import Wish, find_removable, remove
from sluice.store.runs import schema
from sluice.store.runs.removal import remove_runs
from sluice.store.runs.sqlite import SqliteStore

pytestmark = pytest.mark.slow
WORKFLOW = """\
name: CI
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: echo hello > file
      - { uses: actions/upload-artifact@v4, with: { name: it, path: file } }
"""
WAITS = "name: W\non: push\njobs: { test: { runs-on: ubuntu-latest, steps: [{ run: 'echo here; sleep 60' }] } }\n"


def clean(*words: str, code: int = 0) -> str:
    done = sluice("clean", *words)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def rows_of(home: Path, run: str) -> int:
    with sqlite3.connect(home / "state/sluice.db") as connection:
        tables = ("events", "durations", "cache_lookups", "runs")
        counts = [
            connection.execute(f"SELECT count(*) FROM {table} WHERE run = ?", (run,)).fetchone()  # noqa: S608 - constants
            for table in tables
        ]
    return sum(count for (count,) in counts)


def test_old_runs_go_and_the_newest_stay(run: Run, tmp_path: Path) -> None:
    home = tmp_path / "home"
    runs = [run(WORKFLOW).state.run for _ in range(3)]
    said = clean("--older-than", "0h", "--keep", "1", "--dry-run")
    assert "would remove 2 runs" in said
    assert rows_of(home, runs[0]) > 0
    assert "removed 2 runs" in clean("--older-than", "0h", "--keep", "1")
    assert [rows_of(home, one) for one in runs[:2]] == [0, 0]
    assert rows_of(home, runs[2]) > 0
    assert sorted(path.name for path in (home / "state/runs").iterdir()) == [runs[2]]
    with SqliteStore(home / "state") as store, store.using() as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert run(WORKFLOW).state.facts.number == 4, "numbers go on"  # type: ignore[union-attr]


CACHED = """\
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - { id: kept, uses: actions/cache@v4, with: { path: kept, key: k } }
      - run: mkdir -p kept && echo word > kept/file && echo ">${{ steps.kept.outputs.cache-hit }}"
"""


def test_caches_go_when_it_is_asked_and_those_of_others_stay(run: Run, tmp_path: Path) -> None:
    entries = tmp_path / "home/cache/entries"
    other = entries / "other-12345678/x"
    assert [run(CACHED).said("test") for _ in range(2)] == [[""], ["true"]]
    other.mkdir(parents=True)
    assert "removed 0 runs: 0 B" in clean()
    assert "would remove 0 runs, the caches of 1 repository: " in clean("--caches", "--dry-run")
    assert len(list(entries.iterdir())) == 2
    assert "removed 0 runs, the caches of 1 repository: " in clean("--caches")
    assert [path.name for path in entries.iterdir()] == ["other-12345678"]
    assert "removed 0 runs: 0 B" in clean("--caches")
    assert run(CACHED).said("test") == [""]
    assert "the caches of 2 repositories" in clean("--caches", "--all")
    assert list(entries.iterdir()) == []


def test_young_runs_stay(run: Run) -> None:
    run(WORKFLOW)
    assert "removed 0 runs" in clean("--older-than", "1h")


def test_without_an_age_only_leftovers_go(run: Run, tmp_path: Path) -> None:
    ran = run(WORKFLOW)
    left = ran.folder / "artifacts/.uploading-abc"
    left.write_bytes(bytes(100_000))
    orphan = tmp_path / "home/state/runs/20200101-000000-dead"
    (orphan / "logs").mkdir(parents=True)
    said = clean()
    assert "removed 0 runs, 2 leftovers: " in said
    assert not left.exists()
    assert not orphan.exists()
    assert (ran.folder / "artifacts/it.zip").exists()


def test_on_a_full_disk_the_folders_make_room(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = run(WORKFLOW)

    class OnFullDisk(sqlite3.Connection):
        def execute(self, sql: str, *rest: object) -> sqlite3.Cursor:
            if sql.startswith("DELETE") and ran.folder.exists():
                raise sqlite3.OperationalError("database or disk is full")
            return super().execute(sql, *cast("tuple[tuple[str, ...], ...]", rest))

    def connect(path: Path, lock_timeout: float, *, alone: bool) -> sqlite3.Connection:
        assert not alone
        return sqlite3.connect(
            path, timeout=lock_timeout, isolation_level=None, check_same_thread=False, factory=OnFullDisk
        )

    monkeypatch.setattr(schema, "connect", connect)
    with SqliteStore(tmp_path / "home/state") as store:
        assert remove_runs(store, [ran.state.run]) == [ran.state.run]
    assert (ran.folder.exists(), rows_of(tmp_path / "home", ran.state.run)) == (False, 0)


def on_a_small_disk(script: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """Run a script that mounts one as the home; it goes with the script."""
    (tmp_path / "home").mkdir()
    command = ["unshare", "--mount", "sh", "-c", script.format(python=sys.executable)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


DEAD_ON_A_FULL_DISK = """
mount -t tmpfs -o size=12m tmpfs "$SLUICE_HOME" || exit 99
{python} -m sluice run w.yml --quiet & engine=$!
until set -- "$SLUICE_HOME"/state/runs/*/logs/*.log && grep -q here "$1" 2>/dev/null; do sleep 0.1; done
kill -9 $engine; wait $engine 2>/dev/null
cat /dev/zero >"${{1%/*}}/more" 2>/dev/null
cat /dev/zero >>"${{1%/*}}/rest" 2>/dev/null
{python} -m sluice clean --older-than 0h; echo "exit $?"
ls "$SLUICE_HOME/state/runs"; {python} -m sluice list --json
"""


@pytest.mark.needs_root
@pytest.mark.skipif(os.geteuid() != 0, reason="a small disk is mounted, which needs root")
def test_a_dead_run_that_fills_the_disk_can_be_removed(repository: Path, tmp_path: Path) -> None:
    (repository / ".github/workflows/w.yml").write_text(WAITS, encoding="utf-8")
    done = on_a_small_disk(DEAD_ON_A_FULL_DISK, tmp_path)
    first, second, *rest = done.stdout.splitlines()
    assert first.endswith("interrupted"), done.stdout + done.stderr
    assert second.startswith("removed 1 run: ")
    assert rest == ["exit 0"]


OVER_ON_A_FULL_DISK = """
mount -t tmpfs -o size=12m tmpfs "$SLUICE_HOME" || exit 99
{python} -m sluice run w.yml --quiet >/dev/null || exit 98
set -- "$SLUICE_HOME"/state/runs/*
cat /dev/zero >"$1/more" 2>/dev/null
{python} -m sluice clean --older-than 0h --dry-run; echo "exit $?"
ls "$1" | grep more
{python} -m sluice clean --older-than 0h; echo "exit $?"
ls "$SLUICE_HOME/state/runs"; {python} -m sluice list --json
"""


@pytest.mark.needs_root
@pytest.mark.skipif(os.geteuid() != 0, reason="a small disk is mounted, which needs root")
def test_a_disk_without_any_room_can_be_cleaned(repository: Path, tmp_path: Path) -> None:
    """Nobody has left the files that connections share: there is no room for those either."""
    (repository / ".github/workflows/w.yml").write_text(WORKFLOW, encoding="utf-8")
    done = on_a_small_disk(OVER_ON_A_FULL_DISK, tmp_path)
    said = [line.split(":")[0] for line in done.stdout.splitlines() if "#1" not in line]
    assert said == ["would remove 1 run", "exit 0", "more", "removed 1 run", "exit 0"], done.stdout + done.stderr


def test_what_runs_is_not_touched(repository: Path, tmp_path: Path) -> None:
    (repository / ".github/workflows/w.yml").write_text(WAITS, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "sluice", "run", "w.yml", "--quiet"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with SqliteStore(tmp_path / "home/state") as store:
            deadline = time.monotonic() + 60
            while not (rows := [one for one in store.unfinished() if one.status == "in_progress"]):
                assert time.monotonic() < deadline
                time.sleep(0.05)
            (store.folder(rows[0].run) / "artifacts/.uploading-x").write_bytes(b"on its way")
            assert "removed 0 runs: " in clean("--older-than", "0h", "--all")
            assert remove_runs(store, [rows[0].run]) == [], "not even when it is named"
            assert (store.folder(rows[0].run) / "artifacts/.uploading-x").exists()
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)
            assert "removed 1 run" in clean("--older-than", "0h", "--all")
    finally:
        process.kill()
        process.wait()


def test_a_clean_that_was_killed_is_finished_by_the_next(run: Run, tmp_path: Path) -> None:
    ran = run(WORKFLOW)
    with SqliteStore(tmp_path / "home/state") as store:
        script = (
            "import os, sluice.store.runs.removal as removal; from pathlib import Path\n"
            "from sluice.store.runs.sqlite import SqliteStore\n"
            "removal.remove_path = lambda path: os.kill(os.getpid(), 9)\n"
            f"removal.remove_runs(SqliteStore(Path({str(store.root)!r})), [{ran.state.run!r}])"
        )
        killed = subprocess.run([sys.executable, "-c", script], check=False)
        assert killed.returncode == -signal.SIGKILL
        assert ran.folder.exists()
        found = find_removable(store, Wish(older_than=float("inf")))
        assert [path.name for path in found.leftovers] == [ran.state.run]
        assert remove(store, found) == 0
    assert not ran.folder.exists()


def test_other_repositories_keep_theirs(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(WORKFLOW)
    other = tmp_path / "other"
    other.mkdir()
    subprocess.run(["git", "init", "--quiet"], cwd=other, check=True)
    monkeypatch.chdir(other)
    assert "removed 0 runs" in clean("--older-than", "0h")
    (tmp_path / "none").mkdir()
    monkeypatch.chdir(tmp_path / "none")
    for words in (("--older-than", "0h"), ("--keep", "0")):
        assert "or --all for every one" in clean(*words, code=2)
    assert "removed 0 runs" in clean()
    assert "removed 1 run" in clean("--older-than", "0h", "--all")


@pytest.mark.parametrize("busy", [False, True])
def test_the_file_becomes_smaller_unless_somebody_writes(
    busy: bool, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SqliteStore(tmp_path / "home/state", lock_timeout=0.1) as store:
        with store.using() as connection:
            connection.executemany(
                "INSERT INTO runs (run, number, workflow_file, root, status, created, completed, engine_pid,"
                " engine_started) VALUES (?, 1, 'w.yml', ?, 'completed', 1, 2, 1, 1)",
                [(f"run-{number}", str(repository)) for number in range(60)],
            )
            rows = [(f"run-{number}", bytes(10_000)) for number in range(60)]
            connection.executemany("INSERT INTO events (run, seq, time, data) VALUES (?, 1, 1, ?)", rows)
        before, found = pages(store), find_removable(store, Wish(older_than=1))
        other = sqlite3.connect(store.path, isolation_level=None)

        def remove_and_be_held_up(of: SqliteStore, runs: Iterable[str]) -> list[str]:
            gone = remove_runs(of, runs)
            other.execute("BEGIN IMMEDIATE" if busy else "BEGIN")
            return gone

        monkeypatch.setattr("sluice.app.runs.cleaning.remove_runs", remove_and_be_held_up)
        assert remove(store, found) == 60
        other.close()
        assert store.runs() == []
        assert (pages(store) < before / 2) is not busy


def pages(store: SqliteStore) -> int:
    """The size of the store's file in pages."""
    with store.using() as connection:
        return int(connection.execute("PRAGMA page_count").fetchone()[0])


@pytest.mark.parametrize("age", ["30", "d", "-1d", "30 days"])
def test_what_is_no_age_is_refused(age: str, repository: Path) -> None:
    assert repository.is_dir()
    assert "is no age" in clean(f"--older-than={age}", code=2)
