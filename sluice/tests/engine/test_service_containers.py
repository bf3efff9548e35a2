"""``services:`` of jobs that run for real: embedded PostgreSQL, named, healthy, on the mapped port, gone afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import psutil
import pytest
from containers import BUSYBOX, PYTHON, left_of, running_engine
from running import Run

from sluice.services.embedded.service import EmbeddedService
from sluice.source.errors import UnavailableError

pytestmark = pytest.mark.needs_postgresql

SERVED = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    strategy: {matrix: {version: [15, 16]}}
    services:
      database:
        image: postgres:${{ matrix.version }}
        env: {POSTGRES_PASSWORD: word, POSTGRES_USER: loka}
        ports: ["5432:5432"]
        options: --health-cmd pg_isready --health-interval 1s --health-retries 20
    steps:
      - shell: python
        run: |
          import socket, struct
          for host in HOSTS:
              link = socket.create_connection((host, 5432), 5)
              link.sendall(struct.pack(">ii", 8, 80877103))
              print(">" + host, link.recv(1).decode())
      - run: |
          echo '>${{ job.services.database.ports[5432] }} ${{ job.services.database.id != '' }}'
"""


@pytest.mark.slow
@pytest.mark.needs_root
def test_two_databases_answer_on_the_same_port_at_the_same_time(run: Run) -> None:
    ran = run(SERVED.replace("HOSTS", "('localhost', 'database')"))
    if "network" not in ran.job("job.1").isolation:
        pytest.skip("no networks of jobs' own here")
    assert ran.results() == {"job.1": "success", "job.2": "success"}
    for key in ("job.1", "job.2"):
        assert ran.said(key) == ["localhost N", "database N", "5432 true"]
        assert any("database is ready to accept connections" in line.replace("system ", "") for line in ran.log(key))
        assert (ran.folder / "services" / key / "database").is_dir()
    assert not [process for process in psutil.process_iter(["environ"]) if _is_of(process, ran.folder.name)]


def _is_of(process: psutil.Process, run: str) -> bool:
    return run in ((process.info["environ"] or {}).get("RUNNER_TRACKING_ID") or "")


@pytest.mark.slow
def test_without_networks_jobs_that_claim_a_port_take_turns(run: Run, repository: Path) -> None:
    (repository / "sluice.toml").write_text('[run]\nisolation = "none"\n', encoding="utf-8")
    ran = run(
        SERVED.replace("HOSTS", "('localhost',)").replace("5432:5432", "54329:5432").replace(", 5432)", ", 54329)")
    )
    assert ran.results() == {"job.1": "success", "job.2": "success"}
    first, second = sorted(ran.state.jobs.values(), key=lambda job: job.started or 0)
    assert (first.completed or 0) <= (second.started or 0)


def test_an_image_that_nothing_serves_is_said_before_the_job_starts(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///no/engine/here.sock")
    text = (
        "on: push\njobs: {job: {runs-on: ubuntu-latest, services: {x: {image: 'made/up:8'}}, steps: [{run: 'true'}]}}"
    )
    ran = run(text)
    job = ran.job("job")
    assert (ran.results(), job.started) == ({"job": "skipped"}, None)
    assert "Nothing on this machine can serve the image 'made/up:8' of the service 'x'" in job.reason
    assert run(text, strict=True).results() == {"job": "failure"}


@pytest.mark.slow
def test_a_service_that_can_not_start_fails_the_job_with_its_own_words(run: Run) -> None:
    ran = run(SERVED.replace("POSTGRES_PASSWORD: word, ", "").replace("[15, 16]", "[15]"))
    assert ran.results() == {"job.1": "failure"}
    assert ran.said("job.1") == []
    assert any("POSTGRES_PASSWORD" in line for line in ran.log("job.1"))


@pytest.mark.slow
@pytest.mark.needs_root
def test_a_service_that_can_not_be_stopped_keeps_none_of_the_others(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    real, stopped = EmbeddedService.stop, []

    async def stop(self: EmbeddedService, seconds: float) -> None:
        await real(self, seconds)
        stopped.append(self.name)
        if len(stopped) == 1:
            raise UnavailableError("its keeper is gone")

    monkeypatch.setattr(EmbeddedService, "stop", stop)
    second = "      second:\n        image: postgres:15\n        env: {POSTGRES_PASSWORD: word}\n    steps:\n"
    ran = run(SERVED.replace("[15, 16]", "[15]").replace("    steps:\n", second).replace("HOSTS", "['localhost']"))
    assert len(stopped) == 2
    ended = ran.job("job.1").steps["stop-services"]
    assert "could not be stopped: its keeper is gone" in (ended.reason or "")


@pytest.mark.slow
def test_a_service_with_an_empty_image_is_left_out(run: Run) -> None:
    job = "{runs-on: ubuntu-latest, services: {x: {image: '${{ github.nothing }}'}}, steps: [{run: 'true'}]}"
    ran = run(f"on: push\njobs: {{job: {job}}}")
    assert ran.results() == {"job": "success"}


@pytest.mark.slow
@pytest.mark.needs_docker
@pytest.mark.needs_root
def test_a_service_whose_port_another_one_has_is_told_and_nothing_is_left(run: Run) -> None:
    running_engine(BUSYBOX)
    web = f"{{image: '{BUSYBOX}', command: httpd -f -p 80, ports: ['7070:80']}}"
    job = f"{{runs-on: ubuntu-latest, services: {{a: {web}, b: {web}}}, steps: [{{run: 'true'}}]}}"
    ran = run(f"on: push\njobs: {{job: {job}}}")
    if "network" not in ran.job("job").isolation:
        pytest.skip("no networks of jobs' own here")
    assert ran.results() == {"job": "failure"}
    assert "The service 'b' can't be reached: port 7070 of the job can't be listened on" in (
        ran.job("job").steps["containers"].reason or ""
    )
    assert left_of(ran) == []


@pytest.mark.slow
@pytest.mark.needs_docker
def test_a_service_without_a_check_that_ended_is_a_warning(run: Run) -> None:
    running_engine(BUSYBOX)
    seed = f"{{image: '{BUSYBOX}', command: \"sh -c 'exit 3'\"}}"
    later = f"{{image: '{BUSYBOX}', command: sleep 100}}"
    job = f"{{runs-on: ubuntu-latest, services: {{seed: {seed}, later: {later}}}, steps: [{{run: 'true'}}]}}"
    ran = run(f"on: push\njobs: {{job: {job}}}")
    assert ran.results() == {"job": "success"}
    assert [(note.level, note.message) for note in ran.job("job").annotations] == [
        ("warning", "The service 'seed' is not running: it ended with exit code 3")
    ]


@pytest.mark.slow
@pytest.mark.needs_docker
@pytest.mark.needs_root
def test_a_port_for_datagrams_is_reached_as_well(run: Run) -> None:
    running_engine(PYTHON)
    echo = "import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(('0.0.0.0', 5300))\n"
    echo += "while True: said, who = s.recvfrom(99); s.sendto(b'back-' + said, who)"
    command = json.dumps(f'python3 -c "{echo}"')
    service = f"{{image: '{PYTHON}', command: {command}, ports: ['5301:5300/udp', '5300/tcp']}}"
    script = """
      - shell: python
        run: |
          import socket
          for word in (b"one", b"two"):
              link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
              link.settimeout(20)
              link.sendto(word + b"\\n", ("localhost", 5301))
              print(">" + link.recv(100).decode().strip())
      - run: echo ">${{ job.services.x.ports[5300] != '5301' && 'the one for connections' }}"
"""
    ran = run(
        f"on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n    services: {{x: {service}}}\n    steps:{script}"
    )
    assert ran.said("job") == ["back-one", "back-two", "the one for connections"], "\n".join(ran.log("job"))
