"""What stands before ``docker`` in a job: it asks whose the containers are to be, and has Sluice look at their ports.

``main`` gets ``PROGRAM NAME run [OPTIONS] IMAGE``: ``NAME`` is the abstract one of the job's socket. When nobody
answers there, the command runs as it is.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from sluice.runners.container.by_steps.projects import VARIABLE, command_of, given_name, project_name
from sluice.runners.container.by_steps.words import apart, is_detached, is_on_host, placed, with_labels

_SECONDS = 30
_TEMPORARY = "/tmp"  # noqa: S108  # nosec B108 - the job's
_CREATED = frozenset({("network", "create"), ("volume", "create")})
_STARTED = frozenset({"start", "restart", "unpause"})


class _Connection(HTTPConnection):
    """HTTP by an abstract name."""

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(_SECONDS)
        self.sock.connect(f"\0{self.host}")


def main(arguments: Sequence[str]) -> int:
    """Carry the command out; the exit code is its own."""
    program, name, *words = arguments
    if Path(program).name == "docker-compose":
        return _compose(program, name, (), words)
    match words:
        case ["compose", *rest]:
            return _compose(program, name, ("compose",), rest)
        case ["run" | "create" as command, *rest] | ["container", "run" | "create" as command, *rest]:
            return _run(program, name, command, rest)
        case [kind, verb, *rest] if (kind, verb) in _CREATED:
            told = _ask(name, "before")
            return _become(program, [kind, verb, *with_labels(rest, told["labels"])])
        case [verb, *_] | ["container", verb, *_] if verb in _STARTED:
            _ask(name, "before")
            return _and_look(program, name, words)
    return _become(program, words)


def _run(program: str, name: str, command: str, words: Sequence[str]) -> int:
    told = _ask(name, "before")
    found = placed(words, partial(_on_machine, told["temporary"], told["kept"]))
    made = apart(found, told["labels"]) if told["apart"] else with_labels(found, told["labels"])
    if told["apart"] and is_on_host(words):
        sys.stderr.write(
            "Sluice: --network host is this machine's network: what listens in the job is not found there\n"
        )
    if command == "run" and is_detached(words):
        return _and_look(program, name, [command, *made])
    return _become(program, [command, *made])


def _on_machine(temporary: str, kept: Sequence[str], path: str) -> str:
    """A path below the job's ``/tmp`` as this machine has it; any other one as it is."""
    below = path == _TEMPORARY or path.startswith(f"{_TEMPORARY}/")
    return path if not below or path.startswith(tuple(kept)) else temporary + path.removeprefix(_TEMPORARY)


def _compose(program: str, name: str, before: Sequence[str], words: Sequence[str]) -> int:
    project = project_name(words, os.environ, Path.cwd())
    told = _ask(name, "before", project=project or "", given=given_name(words) or "")
    if told["project"] not in {"", project}:
        os.environ[VARIABLE] = told["project"]
    command = command_of(words)
    if _ends_at_once(command):
        return _and_look(program, name, [*before, *words])
    return _become(program, [*before, *words])


def _ends_at_once(command: Sequence[str]) -> bool:
    """Whether it leaves containers running."""
    match command:
        case ["up" | "run", *rest]:
            return bool({"-d", "--detach", "--wait"}.intersection(rest))
        case [verb, *_]:
            return verb in _STARTED
    return False


def _become(program: str, words: Sequence[str]) -> int:
    os.execv(program, [program, *words])  # noqa: S606 - the user's own command


def _and_look(program: str, name: str, words: Sequence[str]) -> int:
    with subprocess.Popen([program, *words]) as process:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda given, _: process.send_signal(given))
        code = process.wait()
    _ask(name, "after")
    return code if code >= 0 else 128 - code


def _ask(name: str, what: str, **values: str) -> dict[str, Any]:
    """What Sluice says; its problems go to the error output."""
    known: dict[str, Any] = {
        "labels": {},
        "apart": False,
        "project": "",
        "said": [],
        "temporary": _TEMPORARY,
        "kept": [],
    }
    connection = _Connection(name)
    try:
        connection.request("POST", f"/{what}", json.dumps(values))
        known |= json.loads(connection.getresponse().read())
    except (OSError, HTTPException, ValueError):
        pass
    finally:
        connection.close()
    for line in known["said"]:
        sys.stderr.write(f"Sluice: {line}\n")
    return known
