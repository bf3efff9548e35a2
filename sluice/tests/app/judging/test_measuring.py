from pathlib import Path

import pytest
from click.testing import CliRunner

from sluice.app.judging.measuring import write_measure
from sluice.cli.measure_command import command as measure_command
from sluice.evidence.reading import read_report
from sluice.source.errors import SluiceError


def test_what_measure_writes_is_read_as_one_measure_with_its_samples(tmp_path: Path) -> None:
    target = tmp_path / "out/measures.jsonl"
    for value in ("81.5", "80.5", "82.5"):
        done = CliRunner().invoke(measure_command, ["bench/start", value, "ms", "--to", str(target)])
        assert done.exit_code == 0
    found = read_report(target.read_bytes(), source="measures.jsonl").measures
    assert [(one.name, one.value, one.unit, one.samples) for one in found] == [
        ("bench/start", 81.5, "ms", (81.5, 80.5, 82.5))
    ]


@pytest.mark.parametrize(
    ("name", "value", "unit"),
    [
        ("x", 1.0, "parsec"),
        ("", 1.0, "ms"),
        ("x", float("nan"), "ms"),
        ("x\ny", 1.0, "ms"),
        ("x", -1.0, "MB"),
        ("x", 1.0, "pp"),
        ("x", 1e101, "MB"),
    ],
)
def test_a_measure_that_is_none_is_refused(tmp_path: Path, name: str, value: float, unit: str) -> None:
    with pytest.raises(SluiceError):
        write_measure(tmp_path / "m.jsonl", name, value, unit, None)
    assert not (tmp_path / "m.jsonl").exists()
