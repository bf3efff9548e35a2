"""Benchmarks leave reports, limits hold or break, two sides are compared, and without data nothing passes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from loka_stratum.bench import comparing, critical, validating
from loka_stratum.bench.report import Timing, read_report, write_report

STRATUM = Path(__file__).parents[2]
OPERATIONS = ("counter-inc", "gauge-set", "gauge-inc", "histogram-observe")


def timing(name: str, *seconds: float, group: str = "critical", **about: float) -> Timing:
    return Timing(group=group, name=name, seconds=list(seconds), about=dict(about))


def usual(**changed: float) -> list[Timing]:
    figures = {"counter-inc": 3.0, "gauge-set": 2.0, "gauge-inc": 2.5, "histogram-observe": 4.0} | changed
    farm = timing("farm-share", 1e-4, 1e-4, memory_bytes=figures.get("memory", 4e7), cpu_share=figures.get("cpu", 0.1))
    native = [timing(f"{name}/native", *[figures[name] * 1e-9] * 2, group="metrics") for name in OPERATIONS]
    return [farm, *native]


def validated(monkeypatch: pytest.MonkeyPatch, folder: Path) -> int:
    monkeypatch.setattr("sys.argv", ["validating", str(folder)])
    return validating.main()


def test_what_is_usual_holds(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_report(tmp_path / "all.json", usual())
    assert validated(monkeypatch, tmp_path) == 0
    assert capsys.readouterr().out.count("holds") == len(validating.LIMITS)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("counter-inc", 10),
        ("gauge-set", 11),
        ("gauge-inc", 12.4),
        ("histogram-observe", 12),
        ("memory", 512e6),
        ("cpu", 0.5),
    ],
)
def test_each_limit_breaks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: float) -> None:
    write_report(tmp_path / "all.json", usual(**{name: value}))
    assert validated(monkeypatch, tmp_path) == 1


def test_without_data_nothing_passes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert validated(monkeypatch, tmp_path) == 2
    write_report(tmp_path / "some.json", usual()[1:])
    assert validated(monkeypatch, tmp_path) == 2
    assert "not everything was measured" in capsys.readouterr().err
    (tmp_path / "broken.json").write_text("{}", encoding="utf-8")
    assert validated(monkeypatch, tmp_path) == 2


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ([1.0, 1.01, 1.02, 1.03], (0, "same")),
        ([1.3, 1.31, 1.32, 1.33], (1, "SLOWER")),
        ([1.15, 1.15, 1.16, 1.16], (0, "slower")),
        ([0.5, 0.5, 0.5, 0.5], (0, "faster")),
        ([0.9, 1.0, 1.5, 2.0], (0, "same")),
    ],
)
def test_two_sides_are_compared(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    now: list[float],
    expected: tuple[int, str],
) -> None:
    write_report(tmp_path / "base/r.json", [timing("a", 1.0, 1.01, 1.02, 1.03), timing("old", 1, 1)])
    write_report(tmp_path / "now/r.json", [timing("a", *now)])
    monkeypatch.setattr("sys.argv", ["comparing", str(tmp_path / "base"), str(tmp_path / "now")])
    code = comparing.main()
    first, second = capsys.readouterr().out.splitlines()
    assert (code, first.split()[0]) == expected
    assert second.split() == ["gone", "critical/old"]


def test_nothing_in_common_is_not_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.argv", ["comparing", str(tmp_path), str(tmp_path)])
    assert comparing.main() == 2


@pytest.mark.slow
def test_every_step_is_timed(tmp_path: Path) -> None:
    write_report(tmp_path / "r.json", critical.steps(rounds=2))
    found = read_report(tmp_path / "r.json")
    assert "critical/parse-share" in found
    assert all(0 < each["stats"]["median"] < 0.001 for each in found.values())


def test_what_the_proxy_takes_is_better_lower(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    at_work = Timing(group="g", name="n", seconds=[1e-6, 2e-6], about={"memory_bytes": 1, "cpu_share": 0.2})
    monkeypatch.setattr(critical, "steps", lambda _: [])
    for name in ("whole", "farm"):
        monkeypatch.setattr(critical, name, lambda: at_work)
    monkeypatch.setattr("sys.argv", ["critical", str(tmp_path / "r.json")])
    critical.main()
    lines = [json.loads(line) for line in (tmp_path / "proxy.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {each["measure"]: each["better"] for each in lines} == {"memory/proxy": "lower", "cpu/proxy": "lower"}


@pytest.mark.parametrize(
    ("script", "arguments", "message"),
    [
        ("run_benchmarks.sh", [], "usage: ./run_benchmarks.sh COMMAND"),
        ("run_benchmarks.sh", ["sideways"], "usage: ./run_benchmarks.sh COMMAND"),
        ("run_benchmarks.sh", ["--help"], "usage: ./run_benchmarks.sh COMMAND"),
        ("run_benchmarks.sh", ["baseline"], "usage: ./run_benchmarks.sh COMMAND"),
        ("run_benchmarks.sh", ["compare", "a", "b", "c"], "usage: ./run_benchmarks.sh COMMAND"),
        ("run_benchmarks.sh", ["baseline", "../up"], "'../up' is no name"),
        ("run_benchmarks.sh", ["compare", "nobody-kept-it"], "there is no baseline 'nobody-kept-it'"),
        ("run_benchmarks.sh", ["critical", "--sideways"], "unrecognized arguments: --sideways"),
        ("validate_performance.sh", ["sideways"], "usage: ./validate_performance.sh"),
    ],
)
def test_what_a_script_does_not_know_exits_2(script: str, arguments: list[str], message: str) -> None:
    done = subprocess.run([STRATUM / script, *arguments], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert not done.stdout


@pytest.mark.slow
def test_the_whole_is_measured_with_real_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(critical, "WHOLE_ROUNDS", 2)
    found = critical.whole()
    assert min(found.seconds) > 0
    assert json.dumps(found.about)
    assert found.about["memory_bytes"] > 1e6
