import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from certificates import certificate
from click.testing import CliRunner

from loka_stratum.simulate.commands import simulate
from loka_stratum.simulate.record import read_record

PROGRAM = [sys.executable, "-m", "loka_stratum.simulate"]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2] / "src")}


def start(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT
    )


def port_of(pool: "subprocess.Popen[str]") -> str:
    assert pool.stderr is not None
    line = pool.stderr.readline()
    assert line.startswith("the pool listens on 127.0.0.1:"), line
    return line.split(":")[1].split(",")[0]


def ended(process: "subprocess.Popen[str]", seconds: float = 30) -> dict[str, Any]:
    output, errors = process.communicate(timeout=seconds)
    assert process.returncode == 0, errors
    report: dict[str, Any] = json.loads(output)
    return report


@pytest.mark.slow
def test_pool_and_miners_as_programs_agree_on_every_share(tmp_path: Path) -> None:
    kept, seen = tmp_path / "kept", tmp_path / "seen"
    pool = start("pool", "--listen", "127.0.0.1:0", "--record", str(kept), "--fault", "reject=10%,malformed=10%")
    address = f"127.0.0.1:{port_of(pool)}"
    miners = start(
        "miners", "--connect", address, "--count", "20", "--rate", "20", "--duration", "1.5", "--record", str(seen)
    )
    mined = ended(miners)
    pool.send_signal(signal.SIGTERM)
    served = ended(pool)
    assert mined["accepted"] == served["accepted"] == len(list(read_record(seen))) > 50
    assert sorted(each.hash for each in read_record(kept)) == sorted(each.hash for each in read_record(seen))
    assert mined["rejected"] == served["refused"] == {"20": served["faults"]["reject"]}
    assert mined["malformed_lines"] == served["faults"]["malformed"]
    assert 0 < mined["latency_seconds"]["p50"] <= mined["latency_seconds"]["p99"] <= mined["latency_seconds"]["max"]
    assert 1.5 <= mined["seconds"] < 5


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl for a certificate")
def test_both_speak_tls(tmp_path: Path) -> None:
    files = certificate(tmp_path)
    pool = start("pool", "--listen", "127.0.0.1:0", "--certificate", str(files.chain), "--key", str(files.key))
    address = f"127.0.0.1:{port_of(pool)}"
    options = ("--connect", address, "--count", "2", "--rate", "0", "--duration", "1")
    assert ended(start("miners", *options, "--tls"))["accepted"] > 0
    assert ended(start("miners", *options, "--authority", str(files.chain)))["accepted"] > 0
    plain = ended(start("miners", *options))
    assert plain["accepted"] == plain["authorized"] == 0
    pool.send_signal(signal.SIGINT)
    assert ended(pool)["accepted"] > 0


def test_a_pool_ends_by_itself_after_its_time() -> None:
    result = CliRunner().invoke(simulate, ["pool", "--listen", "127.0.0.1:0", "--duration", "0.05"])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["accepted"] == 0
    assert "difficulty 1E-9" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["pool", "--fault", "fast"], "'fast' is no fault"),
        (["pool", "--listen", "3334"], "'3334' is not host:port"),
        (["pool", "--listen", "a:99999"], "'a:99999' is not host:port"),
        (["pool", "--difficulty", "0"], "a difficulty is positive"),
        (["pool", "--difficulty", "much"], "'much' is not a number"),
        (["pool", "--key", __file__], "--key needs --certificate"),
        (["miners", "--count", "0"], "Invalid value for '--count'"),
        (["miners", "--rate", "-1"], "Invalid value for '--rate'"),
        (["hum"], "No such command 'hum'"),
    ],
)
def test_wrong_usage_is_said_and_ends_with_2(arguments: list[str], words: str) -> None:
    result = CliRunner().invoke(simulate, arguments)
    assert result.exit_code == 2
    assert words in result.stderr


@pytest.mark.slow
def test_a_port_that_is_taken_is_an_error_without_a_traceback() -> None:
    async def taken() -> int:
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
        port: int = server.sockets[0].getsockname()[1]
        result = await asyncio.to_thread(
            subprocess.run,
            [*PROGRAM, "pool", "--listen", f"127.0.0.1:{port}"],
            capture_output=True,
            text=True,
            env=ENVIRONMENT,
            timeout=30,
            check=False,
        )
        server.close()
        assert "address already in use" in result.stderr.lower()
        assert "Traceback" not in result.stderr
        return result.returncode

    assert asyncio.run(taken()) == 2


def test_a_file_that_can_not_be_written_and_a_certificate_that_is_none_are_errors(tmp_path: Path) -> None:
    result = CliRunner().invoke(simulate, ["pool", "--record", str(tmp_path / "no" / "file")])
    assert result.exit_code == 2
    assert "can't be written" in result.stderr
    result = CliRunner().invoke(simulate, ["pool", "--certificate", __file__])
    assert result.exit_code == 2
    assert "can't be used" in result.stderr
