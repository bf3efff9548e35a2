"""Images that a workflow builds and pushes: in a rehearsal they go to the run's own registry."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from containers import running_engine
from running import Ran, Run

from sluice.actions.builtin.docker.platforms import native_platform

pytestmark = [pytest.mark.needs_docker, pytest.mark.slow]
NAME = f"octo/sluice-pushes-{os.environ.get('PYTEST_XDIST_WORKER', 'gw')}"
IMAGE = f"registry.example.test/{NAME}"
WORKFLOW = f"""on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: docker/setup-buildx-action@v3
      - uses: docker/login-action@v3
        with: {{registry: registry.example.test, username: octo, password: "${{{{ secrets.PASSWORD }}}}"}}
      - id: build
        uses: docker/build-push-action@v6
        with:
          push: true
          tags: {IMAGE}:one,{IMAGE}:two
          build-args: WORD=said
          cache-from: type=gha
          cache-to: type=gha,mode=max
          secrets: |
            token=${{{{ secrets.TOKEN }}}}
          INPUTS
      - run: |
          echo ">${{{{ steps.build.outputs.digest }}}} ${{{{ steps.build.outputs.imageid }}}}"
          echo '>${{{{ steps.build.outputs.metadata }}}}'
"""
SECRETS = {"PASSWORD": "hunter22", "TOKEN": "swordfish"}
DOCKERFILE = """FROM scratch AS one
ARG WORD
LABEL word=$WORD
COPY kept.txt /kept.txt
FROM scratch AS two
COPY --from=one /kept.txt /two.txt
"""


def docker(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture(autouse=True)
def _engine(repository: Path) -> Iterator[None]:
    running_engine()
    if shutil.which("docker") is None:
        pytest.skip("there is no docker, which the built-in actions call and these tests look with")
    (repository / "Dockerfile").write_text(DOCKERFILE, encoding="utf-8")
    (repository / "kept.txt").write_text("kept", encoding="utf-8")
    yield
    left = docker("images", "--quiet", "--filter", f"reference={IMAGE}*").stdout.split()
    docker("rmi", "--force", *left)


def effects(ran: Ran) -> list[tuple[str, str, bool]]:
    return [(one.kind, one.target, one.rehearsed) for one in ran.state.effects()]


def test_a_push_goes_to_the_runs_own_registry_and_its_digest_is_true(run: Run) -> None:
    ran = run(WORKFLOW.replace("INPUTS", "target: one"), secrets=SECRETS)
    assert ran.code == 0, "\n".join([*ran.log("job"), *(step.reason or "" for step in ran.job("job").steps.values())])
    line, metadata = ran.said("job")
    digest, identity = line.split()
    folder = ran.folder / "rehearsal/Registry"
    manifest = folder / "repositories" / IMAGE / "_manifests" / digest.removeprefix("sha256:")
    body = json.loads(manifest.read_bytes().partition(b"\n")[2])
    assert body["config"]["digest"] == identity
    assert all((folder / "blobs" / layer["digest"].removeprefix("sha256:")).is_file() for layer in body["layers"])
    assert json.loads(metadata)["containerimage.digest"] == digest
    assert effects(ran) == [
        ("registry-login", "registry.example.test", True),
        ("image-push", f"{IMAGE}:one", True),
        ("image-push", f"{IMAGE}:two", True),
    ]
    assert digest in [one.request for one in ran.state.effects()][1]
    assert docker("image", "inspect", "--format", "{{.Config.Labels.word}}", f"{IMAGE}:one").stdout.strip() == "said"
    here = docker("images", "--format", "{{.Repository}}", "--filter", "reference=127.0.0.1*/*/*").stdout.split()
    assert not [one for one in here if one.endswith(IMAGE.partition("/")[2])], "it is tagged for its way and no longer"
    assert not any(secret in line for line in ran.log("job") for secret in ("hunter22", "swordfish"))


def test_several_platforms_are_joined_under_one_name(run: Run) -> None:
    ran = run(WORKFLOW.replace("INPUTS", "platforms: linux/amd64,linux/arm64"), secrets=SECRETS)
    assert ran.code == 0, "\n".join([*ran.log("job"), *(step.reason or "" for step in ran.job("job").steps.values())])
    digest = ran.said("job")[0].split()[0]
    tags = ran.folder / "rehearsal/Registry/repositories" / IMAGE
    assert (tags / "_tags/one").read_text() == digest
    body = json.loads((tags / "_manifests" / digest.removeprefix("sha256:")).read_bytes().partition(b"\n")[2])
    assert [one["platform"]["architecture"] for one in body["manifests"]] == ["amd64", "arm64"]
    own = docker("image", "inspect", "--format", "{{.Architecture}}", f"{IMAGE}:one").stdout.strip()
    assert own == native_platform().removeprefix("linux/"), "later steps run it under its name"


def test_outputs_name_the_image_and_a_push_by_digest_has_no_tag(run: Run) -> None:
    output = f"outputs: type=image,name={IMAGE},push-by-digest=true,name-canonical=true,push=true"
    text = WORKFLOW.replace("push: true", "push: false").replace(f"tags: {IMAGE}:one,{IMAGE}:two", "target: one")
    ran = run(text.replace("INPUTS", output), secrets=SECRETS)
    assert ran.code == 0, "\n".join(ran.log("job"))
    digest = ran.said("job")[0].split()[0]
    assert effects(ran)[1:] == [("image-push", f"{IMAGE}@{digest}", True)]
    only = run(text.replace("INPUTS", "outputs: type=cacheonly"), secrets=SECRETS)
    assert (only.code, effects(only)[1:]) == (0, [])
    assert not any("No output specified" in line for line in only.log("job"))


def test_the_context_is_the_commit_unless_a_path_is_given(run: Run) -> None:
    text = WORKFLOW.replace(
        "      - uses: docker/setup-buildx", "      - run: rm kept.txt\n      - uses: docker/setup-buildx"
    )
    assert run(text.replace("INPUTS", "target: one"), secrets=SECRETS).code == 0
    assert run(text.replace("INPUTS", "context: ."), secrets=SECRETS).code == 1


def test_files_and_archives_come_out(run: Run) -> None:
    outputs = "outputs: |\n            type=docker,dest=out/image.tar\n            type=local,dest=out/files"
    outputs += "\n            type=docker,dest=/tmp/sluice-deep/image.tar"
    text = WORKFLOW.replace("push: true", "push: false").replace("INPUTS", outputs)
    script = "ls out/files >names; sed 's/^/>/' names; tar -tf out/image.tar | grep -c manifest.json | sed 's/^/>/'"
    script += "; cmp out/image.tar /tmp/sluice-deep/image.tar"
    ran = run(f"{text}          {script}\n", secrets=SECRETS)
    assert ran.said("job")[2:] == ["two.txt", "1"], "\n".join(
        [*ran.log("job"), *(step.reason or "" for step in ran.job("job").steps.values())]
    )


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ("target: three", "failed with exit code"),
        ("platforms: linux/what", "'linux/what' is no platform (expected one of linux/amd64,"),
        (
            "load: true\n          platforms: linux/amd64,linux/arm64",
            "does not currently support exporting manifest lists",
        ),
        ("outputs: type=oci,dest=x", "can't be made by the engine's builder"),
        ("secret-envs: a=NOT_SET", "NOT_SET, which is not set"),
    ],
)
def test_what_cannot_be_built_fails_the_step(run: Run, inputs: str, said: str) -> None:
    ran = run(WORKFLOW.replace("INPUTS", inputs), secrets=SECRETS)
    assert ran.code == 1
    assert said in (ran.job("job").steps["4"].reason or "")


def test_without_an_engine_the_job_is_skipped_and_says_so(run: Run) -> None:
    ran = run(
        "env: {DOCKER_HOST: 'unix:///nowhere.sock'}\n" + WORKFLOW.replace("INPUTS", "target: one"), secrets=SECRETS
    )
    assert ran.results() == {"job": "skipped"}
    assert "container engine" in (ran.job("job").steps["2"].reason or "")


def test_the_folder_of_a_local_cache_is_there_to_be_moved_and_kept(run: Run) -> None:
    """docs.docker.com/build/ci/github-actions/cache, "Local cache": the next step moves it."""
    text = WORKFLOW.replace("cache-to: type=gha,mode=max", "cache-to: type=local,dest=/tmp/made/new,mode=max")
    moved = '      - run: |\n          mv /tmp/made/new /tmp/made/old\n          echo ">$(ls -x /tmp/made/old)"\n'
    ran = run(text.replace("INPUTS", "target: one") + moved, secrets=SECRETS)
    assert (ran.code, ran.said("job")[-1].split()) == (0, ["index.json", "oci-layout"])


def test_legs_that_load_one_name_each_run_their_own_image(run: Run) -> None:
    build = WORKFLOW.replace("cache-to: type=gha,mode=max", "load: true").replace("push: true", "push: false")
    build = build.replace("WORD=said", "WORD=${{ matrix.leg }}").replace("INPUTS", "target: one")
    build = build.replace("    steps:", "    strategy: {matrix: {leg: [1, 2]}}\n    steps:", 1)
    create = f"docker create --name made {IMAGE}:one /x && docker inspect --format '>{{{{.Config.Labels.word}}}}' made"
    ran = run(f"{build}      - run: |\n          sleep 2\n          {create}\n", secrets=SECRETS)
    assert ran.results() == {"job.1": "success", "job.2": "success"}
    assert [ran.said(leg)[-1] for leg in ("job.1", "job.2")] == ["1", "2"]
