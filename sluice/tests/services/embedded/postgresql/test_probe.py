from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from sluice.services.embedded.postgresql.pg_isready import check
from sluice.services.embedded.postgresql.probe import Readiness, probe_socket, read_answer, startup_message


@pytest.mark.parametrize(
    ("answer", "readiness"),
    [
        (b"R\0\0\0\x17", Readiness.ACCEPTING),
        (b"E\0\0\0\x2aSFATAL\0C28P01\0Mno\0\0", Readiness.ACCEPTING),
        (b"E\0\0\0\x2aSFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0", Readiness.REJECTING),
        (b"", Readiness.SILENT),
        (b"HTTP/1.1 400", Readiness.SILENT),
    ],
)
def test_an_answer_is_read(answer: bytes, readiness: Readiness) -> None:
    assert read_answer(answer) is readiness


def test_the_first_message_names_its_own_length() -> None:
    message = startup_message("me", "it")
    assert int.from_bytes(message[:4]) == len(message)
    assert message[4:8] == b"\0\3\0\0"
    assert b"\0\0" not in message[8:-2]


def test_no_server_is_silence(tmp_path: Path) -> None:
    assert probe_socket(tmp_path, 5432) is Readiness.SILENT
    assert probe_socket(tmp_path / "nothing", 5432) is Readiness.SILENT


def serve_once(folder: Path, answer: bytes) -> threading.Thread:
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(folder / ".s.PGSQL.5432"))
    listening.listen()

    def serve() -> None:
        connection, _ = listening.accept()
        with listening, connection:
            connection.recv(1000)
            connection.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    return thread


@pytest.mark.parametrize(
    ("arguments", "answer", "code", "line"),
    [
        (["-U", "me"], b"R", 0, "{folder}:5432 - accepting connections"),
        (["-h", "localhost", "-p5432", "--dbname=x"], b"R", 0, "{folder}:5432 - accepting connections"),
        (["-q"], b"EC57P03\0", 1, ""),
    ],
)
def test_pg_isready_answers_as_the_real_one(
    tmp_path: Path, arguments: list[str], answer: bytes, code: int, line: str
) -> None:
    thread = serve_once(tmp_path, answer)
    assert check(arguments, {"PGHOST": str(tmp_path)}) == (code, line.format(folder=tmp_path))
    thread.join()


def test_pg_isready_on_another_port_has_no_answer(tmp_path: Path) -> None:
    assert check(["-p", "9999"], {"PGHOST": str(tmp_path)}) == (2, f"{tmp_path}:9999 - no response")


@pytest.mark.parametrize("arguments", [["-p", "x"], ["--nothing"], ["-p"]])
def test_pg_isready_refuses_what_it_does_not_know(arguments: list[str]) -> None:
    with pytest.raises(ValueError, match=r"invalid port|no argument|expected one argument"):
        check(arguments, {})
