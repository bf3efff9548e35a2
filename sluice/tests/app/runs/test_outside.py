"""Which run is meant outside of every repository: one that is named for good, and never just the newest of any."""

from __future__ import annotations

from pathlib import Path

import pytest
from commanding import sluice

from sluice.app.runs.history import find_run
from sluice.source.errors import UsageError
from sluice.store.runs.sqlite import SqliteStore


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SqliteStore:
    """With a run of some repository, looked at from a folder that is in none."""
    monkeypatch.setenv("SLUICE_HOME", str(tmp_path / "home"))
    (tmp_path / "outside").mkdir()
    monkeypatch.chdir(tmp_path / "outside")
    made = SqliteStore(tmp_path / "home/state")
    made.new_run(".github/workflows/ci.yml", "/home/ada/stratum")
    return made


@pytest.mark.parametrize(
    ("name", "said"),
    [("latest", "The newest run is"), ("1", r"A run's number \(1\) is"), ("#1", r"A run's number \(#1\) is")],
)
def test_the_newest_and_a_number_are_a_repository_s(store: SqliteStore, name: str, said: str) -> None:
    with pytest.raises(UsageError, match=f"^{said} a repository's, and .*/outside is in none$") as caught:
        find_run(store, name)
    assert caught.value.hint == (
        "go to the repository, or give the run's id: `sluice list` shows the runs of all of them"
    )


def test_an_id_and_its_beginning_are_known_everywhere(store: SqliteStore) -> None:
    (row,) = store.runs()
    assert find_run(store, row.run).run == find_run(store, row.run[:8]).run == row.run


@pytest.mark.slow
@pytest.mark.parametrize("command", ["cancel", "rerun", "shell", "logs", "show", "explain", "report"])
def test_no_command_takes_the_run_of_another_repository(store: SqliteStore, command: str) -> None:
    done = sluice(command)
    assert (done.returncode, done.stdout) == (2, "")
    assert "The newest run is a repository's" in done.stderr
    assert store.runs()
