"""What files of targets say is built, and pushed to the run's own registry in a rehearsal."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from containers import BUSYBOX, buildx_for_jobs, running_engine
from running import Run

pytestmark = [pytest.mark.needs_docker, pytest.mark.slow]
NAME = f"sluice-bake-{os.environ.get('PYTEST_XDIST_WORKER', 'gw')}"
FILE = f"""variable "WORD" {{ default = "none" }}
group "default" {{ targets = ["app", "more"] }}
target "base" {{
  context = "deep"
  target = "base"
  args = {{ WORD = WORD }}
}}
target "app" {{
  inherits = ["base"]
  tags = ["ghcr.io/octo/{NAME}:one"]
}}
target "more" {{
  inherits = ["app"]
  tags = ["{NAME}:more"]
}}
"""
WORKFLOW = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    env: {WORD: said}
    steps:
      - uses: actions/checkout@v4
      - run: "BUILDX"
      - run: |
          CHANGE
      - id: bake
        uses: docker/bake-action@MAJOR
        with:
          INPUTS
      - run: |
          echo '>${{ steps.bake.outputs.metadata }}'
"""


def docker(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture(autouse=True)
def _engine(repository: Path) -> Iterator[None]:
    running_engine(BUSYBOX)
    buildx_for_jobs()
    (repository / "docker-bake.hcl").write_text(FILE, encoding="utf-8")
    (repository / "deep").mkdir()
    (repository / "deep/Dockerfile").write_text(
        f"FROM {BUSYBOX} AS base\nARG WORD\nRUN echo $WORD > /word\nCMD cat /word\n", encoding="utf-8"
    )
    yield
    for image in (f"ghcr.io/octo/{NAME}:one", f"{NAME}:more"):
        docker("rmi", "--force", image)


def workflow(inputs: str, major: str = "v7", change: str = "rm docker-bake.hcl") -> str:
    text = WORKFLOW.replace("BUILDX", buildx_for_jobs()).replace("MAJOR", major)
    return text.replace("INPUTS", inputs).replace("CHANGE", change)


def test_a_push_goes_to_the_runs_own_registry(run: Run) -> None:
    ran = run(workflow("push: true\n          targets: app"))
    assert ran.code == 0, "\n".join([*ran.log("job"), *(step.reason or "" for step in ran.job("job").steps.values())])
    image = f"ghcr.io/octo/{NAME}:one"
    assert [(one.kind, one.target, one.rehearsed) for one in ran.state.effects()] == [("image-push", image, True)]
    known = json.loads(ran.said("job")[0])
    assert [*known] == ["app"]
    assert known["app"]["image.name"] == image
    assert known["app"]["containerimage.digest"] in next(iter(ran.state.effects())).request
    assert docker("run", "--rm", image).stdout == "said\n"


def test_overrides_and_the_files_of_the_workspace_count(run: Run) -> None:
    change = (
        """echo '{"target": {"more": {"args": {"WORD": "file"}}, "base": {"args": {"WORD": "file"}}}}' > more.json"""
    )
    inputs = """source: .
          load: true
          files: |
            ./docker-bake.hcl
            cwd://more.json
          no-cache: true
          set: more.labels.set=yes
          targets: more,app"""
    ran = run(workflow(inputs, "v6", change))
    assert ran.code == 0, "\n".join([*ran.log("job"), *(step.reason or "" for step in ran.job("job").steps.values())])
    assert [*json.loads(ran.said("job")[0])] == ["more", "app"]
    assert list(ran.state.effects()) == []
    assert docker("run", "--rm", f"{NAME}:more").stdout == "file\n"
    assert docker("inspect", "--format", "{{.Config.Labels.set}}", f"{NAME}:more").stdout == "yes\n"


def test_until_v5_the_source_is_the_working_directory(run: Run) -> None:
    ran = run(workflow("workdir: deep\n          targets: there", "v5", "rm deep/Dockerfile"))
    assert ran.code == 1
    assert any("docker buildx bake failed" in (step.reason or "") for step in ran.job("job").steps.values())
    change = f"""printf 'target "default" {{\\n tags = ["{NAME}:more"]\\n}}' > deep/docker-bake.hcl"""
    ran = run(workflow("workdir: deep", "v5", change))
    assert (ran.code, [*json.loads(ran.said("job")[0])]) == (0, ["default"])
