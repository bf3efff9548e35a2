"""What a job's steps have in an engine: which ports are led to, whose a project is, what goes in the end."""

from __future__ import annotations

import socket
from typing import Any

import anyio
import pytest
from fake_engine import FakeEngine, SlowEngine, engine_of

from sluice.engine.containers.desk import name_project
from sluice.runners.container.by_steps.keeping import StepContainers
from sluice.runners.container.by_steps.naming import CLAIM
from sluice.runners.container.by_steps.words import PORTS
from sluice.runners.listening import listen_for_datagrams, listen_on
from sluice.source.errors import UnavailableError

pytestmark = pytest.mark.anyio


class Job:
    """The job's loopback: which ports were listened on; ``taken`` are somebody's already."""

    def __init__(self, *taken: int) -> None:
        self.taken, self.asked = taken, list[int]()
        self.sockets: dict[int, socket.socket] = {}

    async def listen(self, port: int, /, *, datagrams: bool = False) -> socket.socket:
        if port in self.taken:
            raise UnavailableError(f"port {port} of the job can't be listened on: taken")
        self.asked.append(port)
        self.sockets[port] = listen_for_datagrams("127.0.0.1", 0) if datagrams else listen_on("127.0.0.1", 0)
        return self.sockets[port]


def container(name: str, *ports: tuple[int, int, str], asked: str = "", **labels: str) -> dict[str, Any]:
    shown = [
        {"PrivatePort": inner, "PublicPort": outer, "Type": kind, "IP": "127.0.0.1"} for outer, inner, kind in ports
    ]
    marks = {"job": "a", **({PORTS: asked} if asked else {}), **labels}
    return {"Id": name, "Labels": marks, "Ports": [*shown, {"PrivatePort": 1, "Type": "tcp"}]}


def containers(engine: FakeEngine, job: Job, name: str = "a") -> StepContainers:
    return StepContainers(engine_of(engine), {"job": name}, job.listen)


async def test_the_port_that_was_asked_for_and_the_machines_are_led_to() -> None:
    job = Job()
    engine = FakeEngine(
        containers=[container("one", (32768, 80, "tcp"), (32769, 53, "udp"), asked="8080:80/tcp 53:53/udp")]
    )
    kept = containers(engine, job)
    assert await kept.look() == []
    assert sorted(job.asked) == [53, 8080, 32768, 32769]
    engine.things["containers"] = [container("two", (40000, 80, "tcp"), asked="8080:80/tcp")]
    assert await kept.look() == []
    assert sorted(job.asked) == [53, 8080, 32768, 32769, 40000], (
        "the port is led to the next container, not opened anew"
    )
    kept.close()


async def test_a_port_that_the_job_has_itself_is_told() -> None:
    kept = containers(FakeEngine(containers=[container("one", (5432, 5432, "tcp"))]), Job(5432))
    assert await kept.look() == ["the published port 5432 of the job can't be listened on: taken"]
    kept.close()


@pytest.mark.parametrize("kind", ["containers", "networks", "volumes"])
async def test_a_named_project_is_one_jobs_of_two_processes_unless_the_machine_has_one(kind: str) -> None:
    engine = SlowEngine()
    first, second = containers(engine, Job()), containers(engine, Job(), "b")
    got: list[bool] = []

    async def ask(job: StepContainers) -> None:
        got.append(await job.claim_free("stack"))

    async with anyio.create_task_group() as group:
        group.start_soon(ask, first)
        group.start_soon(ask, second)
    assert sorted(got) == [False, True]
    await first.remove()
    await second.remove()
    third, fourth = containers(engine, Job(), "c"), containers(engine, Job(), "d")
    assert await third.claim_free("stack")
    await third.remove()
    engine.things[kind] = [{"Id": "x", "Name": "x", "Labels": {"com.docker.compose.project": "stack"}}]
    assert not await fourth.claim_free("stack")
    assert engine.of("volumes", CLAIM) == []
    assert "x" not in engine.removed


async def test_a_project_bears_the_jobs_mark_unless_a_command_names_one_that_is_free() -> None:
    engine = FakeEngine()
    first, second = containers(engine, Job()), containers(engine, Job(), "b")
    marks = [one.belongings.mark for one in (first, second)]
    assert await name_project(first, {"project": "repo"}) == (f"repo-{marks[0]}", [])
    assert await name_project(first, {"project": f"repo-{marks[0]}"}) == (f"repo-{marks[0]}", [])
    assert await name_project(second, {"project": "repo"}) == (f"repo-{marks[1]}", [])
    assert await name_project(first, {"project": "stack", "given": "stack"}) == ("stack", [])
    name, said = await name_project(second, {"project": "stack", "given": "stack"})
    assert name == f"stack-{marks[1]}"
    assert said == [f"somebody else has the project 'stack' of Compose here: this job's is '{name}'"]
    engine.things.clear()
    assert await name_project(second, {"project": "stack", "given": "stack"}) == (name, []), "it stays as it is"
    assert await name_project(first, {"project": "stack"}) == ("stack", [])
    assert second.projects == {f"repo-{marks[1]}", f"stack-{marks[1]}"}


async def test_datagrams_are_led_again_after_a_port_could_not_be_had() -> None:
    job = Job(53)
    kept = containers(FakeEngine(containers=[container("one", (53, 53, "udp"))]), job)
    assert await kept.look() == ["the published port 53 of the job can't be listened on: taken"]
    job.taken = ()
    assert await kept.look() == []
    assert job.asked == [53]
    kept.close()


async def test_datagrams_follow_a_container_that_was_started_again_also_those_of_who_began_before() -> None:
    job, engine = Job(), FakeEngine()
    kept = containers(engine, job)
    machines = [listen_for_datagrams("127.0.0.1", 0) for _ in range(2)]
    with machines[0], machines[1], socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for machine in machines:
            machine.setblocking(False)
            engine.things["containers"] = [container("one", (machine.getsockname()[1], 53, "udp"), asked="53:53/udp")]
            assert await kept.look() == []
            sender.sendto(b"question", job.sockets[53].getsockname())
            with anyio.fail_after(5):
                await anyio.wait_readable(machine)
            question, asker = machine.recvfrom(100)
            machine.sendto(b"answer to " + question, asker)
            with anyio.fail_after(5):
                await anyio.wait_readable(sender)
            assert sender.recv(100) == b"answer to question"
        assert job.asked.count(53) == 1
        engine.things["containers"] = []
        await kept.look()
        assert job.sockets[53].fileno() == -1, "who else listens there finds the port free"


async def test_what_is_the_jobs_goes_and_nothing_else() -> None:
    others = container("theirs", job="b")
    stack = {"com.docker.compose.project": "stack"}
    engine = FakeEngine(
        containers=[container("mine"), others, {**others, "Id": "of-stack", "Labels": stack}],
        networks=[{"Id": "net", "Labels": {"job": "a"}}, {"Id": "bridge", "Labels": {}}],
        volumes=[{"Name": "data", "Labels": stack}, {"Name": "kept", "Labels": {}}],
        images=[{"Id": "1", "RepoTags": ["stack-1f-web:latest"]}, {"Id": "2", "RepoTags": ["stack-web:latest"]}],
    )
    kept = containers(engine, Job())
    kept.claim("stack")
    kept.belongings.mark_project("stack-1f", "stack")
    await kept.remove()
    assert engine.removed == ["mine", "of-stack", "net", "data", "stack-1f-web:latest"]


def test_an_engine_elsewhere_publishes_elsewhere() -> None:
    assert containers(FakeEngine(), Job()).is_here
    assert not containers(FakeEngine("tcp://far:2375"), Job()).is_here
