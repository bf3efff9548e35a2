"""What was recorded, on the main branch and elsewhere, as trends."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from sluice.app.judging.trends import find_trend, find_trends
from sluice.cli.trend_command import command
from sluice.evidence.model import Better, Measure
from sluice.gates.history.trend import draw_trend
from sluice.source.errors import UsageError
from sluice.store.ledgers.measures import MeasureHistory


@pytest.fixture(autouse=True)
def outside_of_a_workflow(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one, the history is kept under the name of the job's repository, whatever folder is asked for."""
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)


def measure(value: float, unit: str = "ms", name: str = "bench/start") -> Measure:
    return Measure(name=name, unit=unit, better=Better.LOWER, value=value)


def commit(root: Path) -> str:
    words = ["-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "--quiet", "--allow-empty", "-m", "More"]
    subprocess.run(["git", *words], cwd=root, check=True)
    return subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=root, text=True).strip()


def test_a_trend_is_drawn_in_the_newest_unit(tmp_path: Path) -> None:
    history = MeasureHistory(tmp_path / "m.sqlite")
    history.append(str(tmp_path), "c" * 40, [measure(2, "s")], 0.0)
    history.append(str(tmp_path), "d" * 40, [measure(1000, "ms")], 86_400.0)
    trend = find_trend(tmp_path, history, "bench/start", 50)
    assert draw_trend(trend.name, trend.unit, trend.points) == [
        "bench/start: 2 values, 0 changes of level",
        f"1970-01-01  ccccccc         2 s  {'█' * 40}",
        f"1970-01-02  ddddddd         1 s  {'█' * 20}",
    ]
    assert draw_trend("a", "ms", trend.points[:1])[0] == "a: 1 value, 0 changes of level"
    with pytest.raises(UsageError, match="No measure 'other'"):
        find_trend(tmp_path, history, "other", 50)


@pytest.mark.needs_git
def test_commits_of_main_count_in_their_order_each_with_its_last_value(repository: Path, tmp_path: Path) -> None:
    history = MeasureHistory(tmp_path / "m.sqlite")
    first, second = commit(repository), commit(repository)
    subprocess.run(["git", "checkout", "--quiet", "-b", "topic"], cwd=repository, check=True)
    topic = commit(repository)
    for sha, value in ((second, 5), (first, 3), (topic, 9), (first, 4)):
        history.append(str(repository), sha, [measure(value)], 0.0)
    history.append(str(repository), topic, [measure(1, name="bench/topic")], 0.0)
    trend = find_trend(repository, history, "bench/start", 50)
    assert [(point.commit, point.value) for point in trend.points] == [(first, 4), (second, 5)]
    everything = find_trend(repository, history, "bench/start", 50, everything=True)
    assert [point.value for point in everything.points] == [5, 3, 9, 4]
    with pytest.raises(UsageError, match="on other branches only"):
        find_trend(repository, history, "bench/topic", 50)
    assert [one.name for one in find_trends(repository, history, 50)[0]] == ["bench/start"]
    assert find_trends(repository, history, 50, most=1)[1] == 1


def test_a_value_in_a_unit_of_something_else_is_no_point(tmp_path: Path) -> None:
    history = MeasureHistory(tmp_path / "m.sqlite")
    history.append(str(tmp_path), "c" * 40, [measure(2, "MB")], 0.0)
    history.append(str(tmp_path), "d" * 40, [measure(3, "ms")], 0.0)
    assert [point.value for point in find_trend(tmp_path, history, "bench/start", 50).points] == [3]


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SLUICE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sluice.toml").touch()
    MeasureHistory(tmp_path / "home/state/measures.sqlite").append(str(tmp_path), "c1", [measure(2)], 0.0)
    return tmp_path


def test_trend_without_a_name_lists_the_names(recorded: Path) -> None:
    assert CliRunner().invoke(command, []).output == "bench/start\n"
    assert list(recorded.glob("*.svg")) == []


def test_trend_writes_a_drawing_and_the_page(recorded: Path) -> None:
    done = CliRunner().invoke(command, ["bench/start", "--svg", "out/start.svg", "--html", "out/measures.html"])
    assert done.output.startswith("bench/start: 1 value,")
    assert (recorded / "out/start.svg").read_text(encoding="utf-8").startswith("<svg xmlns=")
    assert "bench/start" in (recorded / "out/measures.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("recorded")
def test_a_drawing_needs_a_name() -> None:
    done = CliRunner().invoke(command, ["--svg", "x.svg"])
    assert (done.exit_code, "--svg needs the NAME" in done.output) == (2, True)
