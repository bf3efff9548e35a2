"""What stands before ``docker`` in a job can't be written: its socket is closed."""

from __future__ import annotations

import socket
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from sluice.engine.containers import by_steps
from sluice.engine.jobs.session import JobSession

pytestmark = pytest.mark.anyio


async def test_the_socket_is_closed_when_the_programs_can_not_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\n", encoding="utf-8")
    docker.chmod(0o755)
    listener = socket.create_server(("127.0.0.1", 0))

    async def listen_named(_: str) -> socket.socket:
        return listener

    async def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(by_steps, "_write_programs", fail)
    workspace = SimpleNamespace(environment={"PATH": str(tmp_path)}, listen_named=listen_named)
    session = SimpleNamespace(contained=False, workspace=workspace, key="job", tools=None)
    with pytest.raises(OSError, match="No space left"):
        async with by_steps.steps_containers(cast("JobSession", session), "run"):
            pass
    assert listener.fileno() == -1
