import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from loka_stratum.cli.main import cli, main
from loka_stratum.errors import StratumError

POOL = '[[pools]]\nname = "main"\naddress = "127.0.0.1:3334"\npassword = "hunter22"\n'


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return CliRunner()


@pytest.mark.parametrize("arguments", [["nonsense"], [], ["config"], ["config", "nonsense"], ["start", "--nonsense"]])
def test_an_unknown_command_exits_2(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["loka-stratum", *arguments])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 2
    assert capsys.readouterr().err


def test_the_help_lists_every_command() -> None:
    text = CliRunner().invoke(cli, ["--help"]).output
    for name in ("start", "status", "config", "bench", "simulate"):
        assert f"  {name} " in text


def test_the_example_passes_the_check(runner: CliRunner) -> None:
    Path("loka-stratum.toml").write_text(runner.invoke(cli, ["config", "example"]).output)
    checked = runner.invoke(cli, ["config", "check"])
    assert (checked.exit_code, checked.output) == (
        0,
        "loka-stratum.toml: valid. Miners at 0.0.0.0:3333; pools: main (127.0.0.1:3334).\n",
    )


def test_a_wrong_configuration_exits_2_with_its_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "x.toml"
    file.write_text(POOL + "priority = -1\n")
    monkeypatch.setattr("sys.argv", ["loka-stratum", "config", "check", "--config", str(file)])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 2
    assert capsys.readouterr().err == f"{file}:5: pools.0.priority: must be a whole number from 0 to 1000\n"


def test_what_is_in_force_is_shown_without_secrets(runner: CliRunner) -> None:
    Path("loka-stratum.toml").write_text(POOL)
    shown = runner.invoke(
        cli,
        ["config", "check", "--show", "--bind", "127.0.0.1:1234"],
        env={"LOKA_LIMITS__CONNECTIONS": "7", "DATABASE_URL": "postgres://u:hunter22@h/x"},
    ).output
    assert "connections = 7" in shown
    assert 'bind = "127.0.0.1:1234"' in shown
    assert "hunter22" not in shown


def test_the_version_is_told_without_starting_anything() -> None:
    assert CliRunner().invoke(cli, ["--version"]).output.startswith("loka-stratum ")


def test_no_proxy_to_show_is_an_error_that_names_the_address(runner: CliRunner) -> None:
    result = runner.invoke(cli, ["status", "--url", "http://127.0.0.1:1"])
    assert isinstance(result.exception, StratumError)
    assert result.exception.message.startswith("no proxy answers at http://127.0.0.1:1/status")


def test_start_without_a_database_must_be_meant(runner: CliRunner) -> None:
    Path("loka-stratum.toml").write_text(POOL)
    result = runner.invoke(cli, ["start"])
    assert isinstance(result.exception, StratumError)
    assert "--without-database" in (result.exception.hint or "")


def test_the_status_table_draws_what_the_page_says(runner: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    page = {
        "version": "0.1.0",
        "uptime_seconds": 93_784,
        "draining": False,
        "connections": 1,
        "hashrate": 97.4e12,
        "shares": {"accepted": 3, "rejected": 1, "stale": 1},
        "acceptance": 0.6,
        "shares_per_minute": 3,
        "pools": [
            {
                "name": "main",
                "address": "p:1",
                "priority": 0,
                "answers": False,
                "since_seconds": 61,
                "miners": 1,
                "error": "refused",
            }
        ],
        "miners": [
            {
                "address": "10.0.0.9",
                "workers": ["farm.[rig]1"],
                "pool": "main",
                "difficulty": "65536",
                "hashrate": 97.4e12,
                "shares": {"accepted": 3, "rejected": 1, "stale": 1},
                "connected_seconds": 5,
                "last_share_at": None,
            }
        ],
        "banned": 2,
        "storage": None,
        "at": "2026-01-31T10:20:30Z",
    }
    monkeypatch.setattr("loka_stratum.cli.status_command.fetch", lambda _url: json.dumps(page).encode())
    drawn = runner.invoke(cli, ["status"], env={"COLUMNS": "120"}).output
    for part in (
        "up 1d 2h",
        "97.4 TH/s",
        "farm.[rig]1",
        "2 (1 stale)",
        "away for 1m 1s: refused",
        "2 banned",
        "not stored",
    ):
        assert part in drawn
