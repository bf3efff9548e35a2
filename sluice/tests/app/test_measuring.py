from pathlib import Path

import pytest
from click.testing import CliRunner

from sluice.app.measuring import draw, write_measure
from sluice.cli.measure_command import command as measure_command
from sluice.cli.trend_command import command as trend_command
from sluice.evidence.model import Better, Measure
from sluice.evidence.reading import read_report
from sluice.source.errors import SluiceError, UsageError
from sluice.store.measures import MeasureHistory


def measure(value: float, unit: str = "ms") -> Measure:
    return Measure(name="bench/start", unit=unit, better=Better.LOWER, value=value)


def test_what_measure_writes_is_read_as_one_measure_with_its_samples(tmp_path: Path) -> None:
    target = tmp_path / "out/measures.jsonl"
    for value in ("81.5", "80.5", "82.5"):
        done = CliRunner().invoke(measure_command, ["bench/start", value, "ms", "--to", str(target)])
        assert done.exit_code == 0
    found = read_report(target.read_bytes(), source="measures.jsonl").measures
    assert [(one.name, one.value, one.unit, one.samples) for one in found] == [
        ("bench/start", 81.5, "ms", (81.5, 80.5, 82.5))
    ]


@pytest.mark.parametrize(("name", "value", "unit"), [("x", 1.0, "parsec"), ("", 1.0, "ms"), ("x", float("nan"), "ms")])
def test_a_measure_that_is_none_is_refused(tmp_path: Path, name: str, value: float, unit: str) -> None:
    with pytest.raises(SluiceError):
        write_measure(tmp_path / "m.jsonl", name, value, unit, None)
    assert not (tmp_path / "m.jsonl").exists()


def test_a_trend_is_drawn_in_the_newest_unit(tmp_path: Path) -> None:
    history = MeasureHistory(tmp_path / "m.sqlite")
    history.append(str(tmp_path), "c" * 40, [measure(2, "s")], 0.0)
    history.append(str(tmp_path), "d" * 40, [measure(1000, "ms")], 86_400.0)
    assert draw(tmp_path, history, "bench/start", 50) == [
        "bench/start: 2 values, 0 changes of level",
        f"1970-01-01  ccccccc         2 s  {'█' * 40}",
        f"1970-01-02  ddddddd         1 s  {'█' * 20}",
    ]
    with pytest.raises(UsageError, match="No measure 'other'"):
        draw(tmp_path, history, "other", 50)


def test_trend_without_a_name_lists_the_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLUICE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sluice.toml").touch()
    MeasureHistory(tmp_path / "home/state/measures.sqlite").append(str(tmp_path), "c1", [measure(2)], 0.0)
    assert CliRunner().invoke(trend_command, []).output == "bench/start\n"
