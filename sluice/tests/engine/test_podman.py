"""Jobs, services, actions and images by Podman, on an engine of the test's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from busybox_image import busybox
from rootless import rootless_podman
from running import Run

pytestmark = [pytest.mark.needs_root, pytest.mark.slow]
IMAGE = "busybox:stable"
# Podman wants more open files and processes than a machine may allow, and says no more than that it isn't permitted.
SETTINGS = """[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[engine]
runtime = "{runtime}"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
network_config_dir = "{folder}/networks"
"""
SERVED = f"""on: push
jobs:
  job:
    runs-on: ubuntu-latest
    container: {IMAGE}
    services: {{web: {{image: '{IMAGE}', entrypoint: httpd, command: -f -p 80 -h /etc}}}}
    steps:
"""
JOB = f"""{SERVED}\
      - run: wget -q -O- http://web/passwd >/dev/null && echo "> $PWD"; echo inside > "$RUNNER_TEMP/it"
      - uses: actions/upload-artifact@v4
        with: {{name: it, path: '${{{{ runner.temp }}}}/it'}}
      - uses: docker://{IMAGE}
        with: {{args: 'wget -q -O /dev/null http://web/passwd'}}
"""
BUILD = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: docker/build-push-action@v6
        with: {context: ., tags: 'sluice-podman:one', load: true}
      - run: docker run --rm sluice-podman:one cat /it
"""
WITHOUT_ROOT = f"""{SERVED}\
      - run: wget -q -O- http://web/passwd >/dev/null && echo "inside $PWD"; mkdir it; chown -R 1234 it
      - run: wget -S -O- "$GITHUB_API_URL" 2>&1 | grep -q HTTP/1 && echo 'GitHub answers'
      - uses: docker://{IMAGE}
        with: {{args: wget -q -O /dev/null http://web/passwd}}
  beside:
    runs-on: ubuntu-latest
    services: {{web: {{image: '{IMAGE}', entrypoint: httpd, command: -f -p 80 -h /etc, ports: ['7070:80']}}}}
    steps: [{{run: "bash -c '</dev/tcp/localhost/7070' && echo 'web answers'"}}]
"""


@pytest.fixture
def podman(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a Podman that has one image."""
    runtime = next(filter(shutil.which, ("runc", "crun")), None)
    if os.geteuid() != 0 or shutil.which("podman") is None or runtime is None or shutil.which("busybox") is None:
        pytest.skip("needs root, podman, runc or crun, busybox: apt-get install podman runc busybox-static")
    if not all(Path("/usr/lib/podman", name).exists() for name in ("netavark", "aardvark-dns")):
        pytest.skip("needs Podman's network with names: apt-get install netavark aardvark-dns")
    with tempfile.TemporaryDirectory(prefix="sluice-", dir="/tmp") as name:  # sockets have short names
        folder = Path(name)
        (folder / "containers.conf").write_text(SETTINGS.format(runtime=runtime, folder=folder), encoding="utf-8")
        monkeypatch.setenv("CONTAINERS_CONF", str(folder / "containers.conf"))
        address = f"unix://{folder}/socket"
        words = ["podman", f"--root={folder}/root", f"--runroot={folder}/run", "--storage-driver=vfs"]
        with (folder / "log").open("wb") as log:
            subprocess.run(
                [*words, "import", "-", f"docker.io/library/{IMAGE}"], input=busybox(), stderr=log, check=True
            )
            process = subprocess.Popen([*words, "system", "service", "--time=0", address], stdout=log, stderr=log)
        try:
            end = time.monotonic() + 60
            while not (folder / "socket").is_socket():
                assert time.monotonic() < end, (folder / "log").read_text()
                assert process.poll() is None, (folder / "log").read_text()
                time.sleep(0.05)  # another process's doing: nothing tells
            monkeypatch.setenv("DOCKER_HOST", address)
            yield address
        finally:
            process.terminate()
            process.wait()
            subprocess.run([*words, "rm", "--all", "--force", "--time=0"], capture_output=True, check=False)


def test_a_job_its_service_and_an_action_run_in_containers(run: Run, podman: str) -> None:
    ran = run(JOB)
    assert ran.results() == {"job": "success"}, "\n".join(ran.log("job"))
    assert ran.said("job") == ["/__w/repository/repository"]
    assert ran.job("job").isolation == ("container",)
    left = subprocess.run(["docker", "--host", podman, "ps", "-aq"], capture_output=True, text=True, check=False)
    assert left.stdout == ""


def test_an_image_is_built_and_runs(run: Run, repository: Path, podman: str) -> None:
    if shutil.which("docker") is None:
        pytest.skip("needs the docker program, which speaks to Podman: apt-get install docker.io")
    (repository / "Dockerfile").write_text(f"FROM {IMAGE}\nRUN echo '> built' > /it\n", encoding="utf-8")
    for words in (["add", "--all"], ["-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "--quiet", "-m", "It"]):
        subprocess.run(["git", *words], cwd=repository, check=True)
    ran = run(BUILD)
    assert ran.results() == {"job": "success"}, podman + "\n".join(ran.log("job"))
    assert ran.said("job") == ["built"]


@pytest.mark.usefixtures("podman")
def test_a_push_that_can_not_be_rehearsed_says_so(run: Run, repository: Path) -> None:
    if shutil.which("docker") is None:
        pytest.skip("needs the docker program, which speaks to Podman: apt-get install docker.io")
    (repository / "Dockerfile").write_text(f"FROM {IMAGE}\n", encoding="utf-8")
    for words in (["add", "--all"], ["-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "--quiet", "-m", "It"]):
        subprocess.run(["git", *words], cwd=repository, check=True)
    ran = run(BUILD.replace("load: true", "push: true").replace("sluice-podman", "registry.example.test/sluice-podman"))
    assert ran.results() == {"job": "skipped"}, "\n".join(ran.log("job"))
    assert "Docker takes it, Podman doesn't" in (ran.job("job").reason or "")


@pytest.mark.needs_postgresql
@pytest.mark.usefixtures("podman")
def test_an_embedded_server_is_reached_from_a_container(run: Run) -> None:
    """Podman gives this machine its address in the job's network only when the first container starts."""
    services = "services: {database: {image: 'postgres:15', env: {POSTGRES_PASSWORD: x}}}"
    steps = "[{run: 'nc -w 3 database 5432 </dev/null && echo \"> reached\"'}]"
    job = f"{{runs-on: ubuntu-latest, container: '{IMAGE}', {services}, steps: {steps}}}"
    ran = run(f"on: push\njobs: {{job: {job}}}\n")
    assert ran.results() == {"job": "success"}, "\n".join(ran.log("job"))
    assert ran.said("job") == ["reached"]


@pytest.mark.needs_git
def test_without_root_it_is_the_same() -> None:
    with rootless_podman(IMAGE, busybox()) as run_in:
        code, said = run_in(WITHOUT_ROOT)
    assert code == 0, said
    assert "job | inside /__w/project/project" in said
    assert "job | GitHub answers" in said
    assert "beside | web answers" in said
