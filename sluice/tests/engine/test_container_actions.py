"""Actions that are containers: an image, a Dockerfile; in a job on the machine and in one with a container."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from containers import BUSYBOX, left_of, running_engine
from running import Run

from sluice.runners.container.images.builders import buildkit_command

pytestmark = [pytest.mark.needs_docker, pytest.mark.slow]
MANIFEST = """
name: Made
inputs: {who: {default: you}, a b: {default: c}}
outputs: {said: {description: what it said}}
runs:
  using: docker
  image: Dockerfile
  args: ['${{ inputs.who }}', two words]
  env: {OWN: '${{ inputs.who }}', JOB: not this}
  pre-entrypoint: /pre.sh
  entrypoint: /main.sh
  post-entrypoint: /post.sh
"""
MAIN = """
echo "> $1|$2|$#|$INPUT_WHO|$(env | sed -n s/^INPUT_A_B=//p)|$OWN|$JOB"
echo "> $PWD $HOME $GITHUB_WORKSPACE $RUNNER_TEMP"
test -s "$GITHUB_EVENT_PATH" && echo "> $GITHUB_EVENT_PATH"
echo "said=$1 again" >> "$GITHUB_OUTPUT"; echo "kept=$1" >> "$GITHUB_STATE"; echo "FROM_ACTION=yes" >> "$GITHUB_ENV"
echo inside > "$GITHUB_WORKSPACE/made.txt"
exit ${EXIT:-0}
"""


def make_action(folder: Path, *, dockerfile: str = "", manifest: str = MANIFEST) -> None:
    folder.mkdir()
    (folder / "action.yml").write_text(manifest)
    scripts = {"pre": 'echo "> pre $INPUT_WHO"', "main": MAIN, "post": 'echo "> post $STATE_KEPT$STATE_kept"'}
    for name, text in scripts.items():
        (folder / f"{name}.sh").write_text(f"#!/bin/sh\n{text}\n")
        (folder / f"{name}.sh").chmod(0o755)
    unique = f"LABEL test={uuid.uuid4().hex}"
    (folder / "Dockerfile").write_text(dockerfile or f"FROM {BUSYBOX}\n{unique}\nCOPY *.sh /\nENV OWN=image\n")


def workflow(steps: str, more: str = "") -> str:
    return (
        f"on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n{more}    env: {{JOB: the job's}}\n    steps:\n{steps}"
    )


USED = """      - uses: made/action@v1
        id: made
        with: {who: me}
      - run: |
          echo "> ${{ steps.made.outputs.said }} $FROM_ACTION $(cat made.txt)"
"""


@pytest.fixture
def mapped(repository: Path, tmp_path: Path) -> Path:
    """The folder that ``made/action`` is taken from."""
    (repository / "sluice.toml").write_text(f"[actions.map]\n'made/action' = '{tmp_path}/action'\n")
    return tmp_path / "action"


@pytest.mark.parametrize("container", ["", f"    container: {BUSYBOX}\n"], ids=["host", "container"])
def test_a_dockerfile_action_has_its_three_stages_and_hands_on_what_it_wrote(
    run: Run, mapped: Path, container: str
) -> None:
    running_engine(BUSYBOX)
    make_action(mapped)
    ran = run(workflow(USED, container))
    assert ran.said("job") == [
        "me|two words|2|me|c|me|the job's",
        "/github/workspace /github/home /github/workspace /github/runner_temp",
        "/github/workflow/event.json",
        "me again yes inside",
        "pre me",  # the first to run, but no step of the file
        "post me",
    ]
    assert ran.results() == {"job": "success"}
    assert left_of(ran) == []


def test_its_image_is_built_once_for_what_its_folder_holds(run: Run, mapped: Path) -> None:
    running_engine(BUSYBOX)
    make_action(mapped)
    first, second = run(workflow(USED)), run(workflow(USED))
    (mapped / "main.sh").write_text("#!/bin/sh\necho '> other'\n")
    third = run(workflow("      - uses: made/action@v1\n"))
    kept = [any("was built before" in line for line in ran.log("job")) for ran in (first, second, third)]
    assert kept == [False, True, False]
    assert "other" in third.said("job")


def test_its_dockerfile_may_say_what_only_buildkit_knows(run: Run, mapped: Path) -> None:
    """As on GitHub, where the client builds."""
    running_engine(BUSYBOX)
    if not buildkit_command():
        pytest.skip("no client here builds with BuildKit: install docker-buildx")
    make_action(mapped, dockerfile=f"FROM {BUSYBOX}\nCOPY --chmod=755 *.sh /\n")
    (mapped / "main.sh").write_text("#!/bin/sh\necho '> runs'\n")
    (mapped / "main.sh").chmod(0o644)
    ran = run(workflow("      - uses: made/action@v1\n"))
    assert "runs" in ran.said("job"), "\n".join(ran.log("job"))


def test_its_exit_code_is_the_steps(run: Run, mapped: Path) -> None:
    running_engine(BUSYBOX)
    make_action(mapped)
    steps = "      - uses: made/action@v1\n        env: {EXIT: 7}\n"
    ran = run(workflow(steps))
    assert (ran.results(), ran.job("job").steps["1"].exit_code) == ({"job": "failure"}, 7)
    assert ran.said("job")[-1] == "post you"


def test_a_build_that_fills_the_disk_fails_the_job_before_its_first_step_with_the_builders_words(
    run: Run, mapped: Path
) -> None:
    running_engine(BUSYBOX)
    full = "RUN dd if=/dev/zero of=/dev/shm/file bs=1M count=1000"  # a build has 64 MB of it
    make_action(mapped, dockerfile=f"FROM {BUSYBOX}\n{full}\n")
    ran = run(workflow("      - run: echo '> ran'\n      - uses: made/action@v1\n"))
    assert (ran.results(), ran.said("job")) == ({"job": "failure"}, [])
    reason = ran.job("job").steps["setup"].reason
    assert "The image of the action 'made/action@v1' can't be built from 'Dockerfile'" in reason
    assert "No space left on device" in reason


def test_a_local_action_is_built_where_it_stands(run: Run, repository: Path) -> None:
    running_engine(BUSYBOX)
    make_action(repository / "here")
    ran = run(workflow("      - uses: actions/checkout@v4\n      - uses: ./here\n        with: {who: me}\n"))
    assert ran.results() == {"job": "success"}
    assert ran.said("job")[0] == "me|two words|2|me|c|me|the job's"  # a local action has no pre stage


def test_an_image_as_a_step_runs_its_own_command_or_what_it_is_given(run: Run) -> None:
    running_engine(BUSYBOX)
    steps = f"""      - uses: docker://{BUSYBOX}
        with: {{entrypoint: /bin/echo, args: "'> one' two"}}
      - uses: docker://{BUSYBOX}
        with: {{args: "sh -c 'echo \\"> $PATH $GITHUB_ACTION_REPOSITORY.\\"; echo \\"::notice::seen\\"'"}}
"""
    ran = run(workflow(steps))
    assert (ran.results(), ran.said("job")) == ({"job": "success"}, ["one two", "/bin ."])
    assert [note.message for note in ran.job("job").annotations] == ["seen"]


def test_a_steps_entry_point_counts_where_the_action_has_none(run: Run, repository: Path) -> None:
    """actions/runner, ``ContainerActionHandler``: the action's own comes first."""
    running_engine(BUSYBOX)
    manifest = "name: x\nruns: {using: docker, image: 'docker://busybox:stable', args: ['> it'], %s}\n"
    for name, own in {"own": "entrypoint: echo", "none": "env: {A: b}"}.items():
        (repository / name).mkdir()
        (repository / name / "action.yml").write_text(manifest % own)
    uses = "      - uses: ./%s\n        with: {entrypoint: %s}\n"
    ran = run(workflow("      - uses: actions/checkout@v4\n" + uses % ("own", "/bin/false") + uses % ("none", "echo")))
    assert (ran.results(), ran.said("job")) == ({"job": "success"}, ["it", "it"])


def test_an_image_that_can_not_be_had_fails_before_the_first_step(run: Run) -> None:
    running_engine()
    ran = run(workflow("      - run: echo '> ran'\n      - uses: docker://127.0.0.1:1/no/such:1\n"))
    assert (ran.results(), ran.said("job")) == ({"job": "failure"}, [])
    assert "'127.0.0.1:1/no/such:1' of the action" in ran.job("job").steps["setup"].reason


@pytest.mark.parametrize(("strict", "conclusion"), [(False, "skipped"), (True, "failure")])
@pytest.mark.parametrize("uses", [f"docker://{BUSYBOX}", "made/action@v1"])
def test_without_an_engine_the_job_is_skipped_or_fails_when_strict(
    run: Run, mapped: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, uses: str, conclusion: str, strict: bool
) -> None:
    make_action(mapped)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    ran = run(workflow(f"      - run: echo '> ran'\n      - uses: {uses}\n"), strict=strict)
    assert (ran.results(), ran.said("job")) == ({"job": conclusion}, [])
    assert f"the container engine at unix://{tmp_path}/none.sock isn't running (start it" in ran.job("job").reason


def test_an_action_sees_the_services_of_its_job(run: Run) -> None:
    running_engine(BUSYBOX)
    services = f"""    services:
      web:
        image: {BUSYBOX}
        entrypoint: httpd
        command: -f -p 80 -h /etc
"""
    steps = f"      - uses: docker://{BUSYBOX}\n        with: {{args: wget -q -O- http://web/hostname}}\n"
    ran = run(workflow(steps, services))
    assert ran.results() == {"job": "success"}
    assert left_of(ran) == []


def test_a_cancelled_action_is_interrupted_and_removed(run: Run) -> None:
    running_engine(BUSYBOX)
    script = 'trap "echo \\"> interrupted\\"; exit 4" INT; echo up; while true; do sleep 0.1; done'
    steps = f"""      - uses: docker://{BUSYBOX}
        timeout-minutes: 0.03
        with: {{args: sh -c '{script}'}}
"""
    ran = run(workflow(steps))
    assert (ran.results(), ran.said("job")) == ({"job": "failure"}, ["interrupted"])
    assert "has timed out after 0.03 minutes" in ran.job("job").steps["1"].reason
