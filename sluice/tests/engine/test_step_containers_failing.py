"""What stands before ``docker`` in a job can't be written: the job fails and says so, and its socket is closed."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from fake_engine import FakeEngine, engine_of
from running import Run

from sluice.engine.containers import by_steps, desk
from sluice.engine.jobs.session import JobSession
from sluice.runners.container.by_steps.keeping import StepContainers
from sluice.runners.container.engine import EngineError
from sluice.serving.messages import Request
from sluice.source.errors import UnavailableError

JOB = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - run: echo ">ran"
      - if: always()
        run: echo ">ran"
  other:
    needs: job
    if: always()
    runs-on: ubuntu-latest
    steps:
      - run: exit 0
"""


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no place for what stands before the program."""

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(by_steps, "write_program", fail)


@pytest.fixture
def docker(tmp_path: Path) -> Path:
    """A folder with a program of that name."""
    program = tmp_path / "programs/docker"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    return program.parent


def session_of(tmp_path: Path, docker: Path, listen: Callable[[str], Awaitable[socket.socket]]) -> JobSession:
    paths = SimpleNamespace(home=tmp_path / "home")
    workspace = SimpleNamespace(environment={"PATH": str(docker)}, listen_named=listen, paths=paths)
    variables = SimpleNamespace(paths=[])
    session = SimpleNamespace(
        contained=False, workspace=workspace, key="job", tools=None, rehearsal=None, variables=variables
    )
    return cast("JobSession", session)


@pytest.mark.anyio
@pytest.mark.usefixtures("full")
async def test_the_socket_is_closed_when_the_programs_can_not_be_written(tmp_path: Path, docker: Path) -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    async def listen_named(_: str) -> socket.socket:
        return listener

    async with by_steps.steps_containers(session_of(tmp_path, docker, listen_named), "run") as problem:
        assert "No space left" in str(problem)
    assert listener.fileno() == -1


@pytest.mark.anyio
async def test_the_programs_stand_also_where_nobody_can_answer_them(tmp_path: Path, docker: Path) -> None:
    async def listen_named(_: str) -> socket.socket:
        raise UnavailableError("there are no such names")

    session = session_of(tmp_path, docker, listen_named)
    async with by_steps.steps_containers(session, "run") as problem:
        assert problem is None
        assert Path(session.variables.paths[0], "docker").is_file()


@pytest.mark.usefixtures("full")
def test_the_job_fails_with_one_message_and_no_step_starts(
    run: Run, docker: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", f"{docker}:/usr/bin:/bin")
    ran = run(JOB)
    job = ran.job("job")
    assert (ran.code, job.conclusion, ran.said("job")) == (1, "failure", [])
    problem = "what stands before docker in this job can't be made: [Errno 28] No space left on device"
    assert [one.message for one in job.annotations if one.level == "error"] == [problem]
    assert problem in capsys.readouterr().out
    assert set(ran.steps("job").values()) == {("skipped", "skipped")}
    assert ran.job("other").conclusion == "failure"
    assert job.steps["complete"].conclusion == "success"


class RefusingEngine(FakeEngine):
    """Does not list containers, as Podman where one goes meanwhile."""

    async def call(self, name: str, *words: str, **options: Any) -> Any:  # noqa: ANN401 - as the real one
        if name == "containers":
            raise EngineError("no such container")
        return await super().call(name, *words, **options)


@pytest.mark.anyio
async def test_what_a_command_makes_is_the_jobs_also_where_the_engine_does_not_tell_of_others(tmp_path: Path) -> None:
    paths = SimpleNamespace(root=tmp_path, tools=tmp_path, actions=tmp_path, home=tmp_path)
    workspace = SimpleNamespace(isolation=(), paths=paths)
    session = SimpleNamespace(workspace=workspace, key="job", tools=SimpleNamespace(publish=False))
    answering = desk.Desk(cast("JobSession", session), "run-1")
    containers = StepContainers(engine_of(RefusingEngine()), {"sluice.run": "run-1"}, cast("Any", None))
    told = await answering._before(containers, {"names": {"container": ["db"]}})
    assert cast("dict[str, str]", told["labels"])["sluice.run"] == "run-1"
    assert (told["alone"], told["said"]) == (True, ["no such container"])


class Asking:
    """A request of the program's."""

    path = "/before"

    @property
    async def body(self) -> AsyncIterator[bytes]:
        yield b"{}"


async def told_by(session: object, times: int) -> list[list[str]]:
    """What is said to so many commands in turn."""
    answering = desk.Desk(cast("JobSession", session), "run-1")
    answers = [await answering.answer(cast("Request", Asking())) for _ in range(times)]
    return [json.loads(answer.body)["said"] for answer in answers]


@pytest.mark.anyio
@pytest.mark.parametrize(("publish", "told"), [(False, [True, False]), (True, [False, False])])
async def test_that_nobody_looks_after_what_docker_makes_is_said_once(
    publish: bool, told: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise UnavailableError("the library isn't installed", hint="install it")

    monkeypatch.setenv("DOCKER_HOST", "unix:///run/engine.sock")
    tools = SimpleNamespace(container_engine=missing, publish=publish)
    said = await told_by(SimpleNamespace(key="job", tools=tools), 2)
    assert [bool(one) for one in said] == told
    for line in said[0]:
        assert line.endswith("stays when the job ends: the library isn't installed (install it)")


@pytest.mark.anyio
async def test_where_there_is_no_engine_docker_says_so_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise UnavailableError("no container engine is running here")

    monkeypatch.setattr("sluice.runners.container.engine.find_address", lambda: None)
    tools = SimpleNamespace(container_engine=missing, publish=False)
    assert await told_by(SimpleNamespace(key="job", tools=tools), 1) == [[]]
