"""``docker push`` and ``docker login`` in a step's own script: rehearsed as an action's pushes are, or refused."""

from __future__ import annotations

import json
import os

import pytest
from containers import BUSYBOX, running_engine
from running import Ran, Run

pytestmark = [pytest.mark.needs_docker, pytest.mark.slow]
IMAGE = f"ghcr.io/octo/sluice-by-hand-{os.environ.get('PYTEST_XDIST_WORKER', 'gw')}"


def workflow(script: str) -> str:
    lines = "\n".join(f"          {line}" for line in script.splitlines())
    return f"on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n{lines}\n"


def effects(ran: Ran) -> list[tuple[str, str, bool]]:
    return [(one.kind, one.target, one.rehearsed) for one in ran.state.effects()]


def test_a_push_goes_to_the_runs_registry_and_no_password_is_sent(run: Run) -> None:
    running_engine(BUSYBOX)
    script = f"""docker tag {BUSYBOX} {IMAGE}:one
printf hidden-word | docker login --username octo --password-stdin ghcr.io
docker push --quiet {IMAGE}:one
docker rmi {IMAGE}:one
echo ">$(docker images --quiet --filter reference='127.0.0.1*/*/*/*')"
"""
    ran = run(workflow(script))
    assert ran.code == 0, "\n".join(ran.log("job"))
    assert ran.said("job") == [""]
    assert effects(ran) == [("image-push", f"{IMAGE}:one", True)]
    digest = next(iter(ran.state.effects())).request.rpartition("(")[2].rstrip(")")
    pushed = ran.folder / "rehearsal/Registry/repositories" / IMAGE / "_manifests" / digest.removeprefix("sha256:")
    assert json.loads(pushed.read_bytes().partition(b"\n")[2])["schemaVersion"] == 2
    assert any("a rehearsal sends no password" in line for line in ran.log("job"))


@pytest.mark.parametrize(
    "command",
    [
        "docker buildx build --push .",
        "docker buildx imagetools create --tag x y",
        "docker build --output type=registry .",
        "docker manifest push x",
        "docker compose push",
        "docker --config x push y",
        "docker push --all-tags ghcr.io/octo/sluice-by-hand",
    ],
)
def test_what_a_rehearsal_cannot_carry_out_is_refused_and_told(run: Run, command: str) -> None:
    running_engine()
    ran = run(workflow(command))
    assert ran.code == 1
    assert any("a rehearsal" in line for line in ran.log("job"))
    assert effects(ran) == [("image-push", command, True)]


def test_a_registry_on_loopback_is_the_jobs_own(run: Run) -> None:
    running_engine(BUSYBOX)
    name = f"127.0.0.1:9/{IMAGE.rpartition('/')[2]}:one"
    ran = run(workflow(f"docker tag {BUSYBOX} {name}\ntrap 'docker rmi {name}' EXIT\ndocker push {name}"))
    assert ran.code == 1
    assert any("127.0.0.1:9" in line and "refused" in line for line in ran.log("job"))
    assert effects(ran) == []
