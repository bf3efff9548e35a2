import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from sluice.evidence.model import Better, Measure
from sluice.source.errors import StoreError
from sluice.store.ledgers.measures import MeasureHistory

WRITER = """
import sys
from pathlib import Path
from sluice.evidence.model import Better, Measure
from sluice.store.ledgers.measures import MeasureHistory
history = MeasureHistory(Path(sys.argv[1]))
for number in range(40):
    rows = [Measure(name=f"m/{index}", unit="count", better=Better.LOWER, value=number) for index in range(5)]
    history.append("/r", f"{sys.argv[2]}-{number}", rows, float(number))
"""


def measure(name: str, value: float, samples: tuple[float, ...] = ()) -> Measure:
    return Measure(
        name=name,
        unit="ns",
        better=Better.LOWER,
        value=value,
        samples=samples,
        machine="m",
        digest="sha256:0",
        tool="t",
    )


@pytest.fixture
def history(tmp_path: Path) -> MeasureHistory:
    return MeasureHistory(tmp_path / "state/measures.sqlite")


def test_what_was_kept_comes_back_whole(history: MeasureHistory) -> None:
    assert history.append("/r", "c1", [measure("b", 2.5, (2.0, 3.0)), measure("a", 1.0)], 10.0) == 2
    kept = history.of_commit("/r", "c1")
    assert [(one.name, one.value, one.samples, one.commit, one.machine, one.digest) for one in kept] == [
        ("a", 1.0, (), "c1", "m", "sha256:0"),
        ("b", 2.5, (2.0, 3.0), "c1", "m", "sha256:0"),
    ]
    assert history.of_commit("/other", "c1") == []
    assert (sorted(history.commits_with_data("/r")), history.names("/r")) == (["c1"], ["a", "b"])


def test_of_several_runs_on_a_commit_the_latest_counts_and_none_is_lost(history: MeasureHistory) -> None:
    for time, value in ((1.0, 5.0), (2.0, 6.0)):
        history.append("/r", "c1", [measure("a", value)], time)
    assert [one.value for one in history.of_commit("/r", "c1")] == [6.0]
    assert [(one.time, one.measure.value) for one in history.series("/r", "a")] == [(1.0, 5.0), (2.0, 6.0)]


@pytest.mark.parametrize("statement", ["UPDATE measures SET value = 0", "DELETE FROM measures", "DELETE FROM batches"])
def test_nothing_is_changed_or_taken_out(history: MeasureHistory, tmp_path: Path, statement: str) -> None:
    history.append("/r", "c1", [measure("a", 1.0)], 1.0)
    connection = sqlite3.connect(tmp_path / "state/measures.sqlite")
    with pytest.raises(sqlite3.IntegrityError, match="history is only added to"):
        connection.execute(statement)
    connection.close()


@pytest.mark.slow
def test_two_writers_at_once_lose_nothing(history: MeasureHistory, tmp_path: Path) -> None:
    path = str(tmp_path / "state/measures.sqlite")
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, path, name]) for name in ("one", "two", "three")]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert len(history.commits_with_data("/r")) == 120
    assert len(history.series("/r", "m/3")) == 120


def test_a_history_of_a_newer_sluice_is_left_alone(history: MeasureHistory, tmp_path: Path) -> None:
    history.append("/r", "c1", [measure("a", 1.0)], 1.0)
    with sqlite3.connect(tmp_path / "state/measures.sqlite") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreError, match="newer Sluice"):
        history.names("/r")


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.sqlite").write_text("not a database, whatever its name says" * 100)
    with pytest.raises(StoreError):
        MeasureHistory(tmp_path / "x.sqlite").names("/r")
