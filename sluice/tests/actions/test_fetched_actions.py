"""Actions that are not built in: from a git server, from the cache, from a mapped folder, in the repository itself."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from running import Run

from sluice.source.errors import InvalidInputError

pytestmark = pytest.mark.needs_node
if shutil.which("node") is None:
    pytest.skip("JavaScript actions need Node.js, which is not on this machine", allow_module_level=True)

MANIFEST = """name: Greeter
inputs:
  who to greet: {default: world}
outputs: {greeting: {description: what was said}}
runs: {using: node20, pre: pre.js, main: main.js, post: post.js, post-if: success()}
"""
MAIN = """const fs = require('fs');
const {STATE_before: before, GITHUB_ACTION_REPOSITORY: from} = process.env;
console.log(`>main ${process.env['INPUT_WHO_TO_GREET']} ${before} ${from}`);
fs.appendFileSync(process.env.GITHUB_OUTPUT, `greeting=hello ${process.env['INPUT_WHO_TO_GREET']}\\n`);
fs.appendFileSync(process.env.GITHUB_STATE, 'during=2\\n');
"""
PRE = "console.log('>pre'); require('fs').appendFileSync(process.env.GITHUB_STATE, 'before=1\\n');\n"
POST = "console.log(`>post ${process.env.STATE_before} ${process.env.STATE_during}`);\n"
USE = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - run: echo ">first"
      - {id: g, uses: made/greeter@v1, with: {who to greet: you}}
      - run: echo ">${{ steps.g.outputs.greeting }}"
"""
SAID = [">pre", ">first", ">main you 1 made/greeter", ">hello you", ">post 1 2"]


def write_action(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name, text in {"action.yml": MANIFEST, "main.js": MAIN, "pre.js": PRE, "post.js": POST}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def publish(folder: Path) -> None:
    for command in (
        ["git", "init", "--quiet", "--initial-branch=main"],
        ["git", "add", "-A"],
        ["git", "-c", "user.name=A", "-c", "user.email=a@b", "commit", "--quiet", "-m", "One"],
        ["git", "tag", "--force", "v1"],
    ):
        subprocess.run(command, cwd=folder, check=True, capture_output=True)


def said(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith(">")]


def order(ran: object) -> list[str]:
    return said(ran.log("job"))  # type: ignore[attr-defined]  # a Ran


@pytest.mark.slow
def test_pre_main_and_post_share_their_state_and_run_in_githubs_order(
    run: Run, repository: Path, tmp_path: Path
) -> None:
    publish(write_action(tmp_path / "server/made/greeter"))
    (repository / "sluice.toml").write_text(f"[actions]\ngit = 'file://{tmp_path}/server'\n", encoding="utf-8")
    ran = run(USE)
    assert ran.code == 0
    assert sorted(order(ran)) == sorted(SAID)
    phases = [step.phase for step in ran.job("job").top_steps()]
    assert phases == ["setup", "pre", "main", "main", "main", "post", "complete"]
    (resolved,) = ran.job("job").actions
    assert (resolved.source, len(resolved.commit or "")) == ("git", 40)


@pytest.mark.slow
def test_a_ref_is_no_option_of_gits(run: Run, repository: Path, tmp_path: Path) -> None:
    publish(write_action(tmp_path / "server/made/greeter"))
    (repository / "sluice.toml").write_text(f"[actions]\ngit = 'file://{tmp_path}/server'\n", encoding="utf-8")
    (tmp_path / "program").write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n", encoding="utf-8")
    (tmp_path / "program").chmod(0o755)
    ran = run(USE.replace("@v1", f"@--upload-pack={tmp_path}/program"))
    assert "can't be had" in (ran.job("job").steps["setup"].reason or "")
    assert not (tmp_path / "ran").exists()


@pytest.mark.slow
def test_a_fetched_action_is_there_offline(run: Run, repository: Path, tmp_path: Path) -> None:
    server = write_action(tmp_path / "server/made/greeter")
    publish(server)
    (repository / "sluice.toml").write_text(f"[actions]\ngit = 'file://{tmp_path}/server'\n", encoding="utf-8")
    assert "can't be had offline" in run(USE, offline=True).job("job").steps["setup"].reason
    assert run(USE).code == 0
    shutil.rmtree(server)
    assert run(USE, offline=True).code == 0
    assert run(USE).job("job").actions[0].source == "cache"


@pytest.mark.slow
def test_a_mapped_folder_takes_the_place_of_the_repository(run: Run, repository: Path, tmp_path: Path) -> None:
    write_action(tmp_path / "mine")
    (repository / "sluice.toml").write_text(f"[actions.map]\n'made/greeter' = '{tmp_path}/mine'\n", encoding="utf-8")
    ran = run(USE)
    assert sorted(order(ran)) == sorted(SAID)
    assert ran.job("job").actions[0].source == "mapped"


@pytest.mark.slow
def test_an_action_of_the_repository_runs_after_the_checkout_and_has_no_pre(run: Run, repository: Path) -> None:
    write_action(repository / "greeter")
    text = USE.replace('run: echo ">first"', "uses: actions/checkout@v4").replace("made/greeter@v1", "./greeter")
    assert sorted(order(run(text))) == sorted([">main you undefined ", ">hello you", ">post undefined 2"])


@pytest.mark.slow
def test_a_local_action_without_a_checkout_is_told_about_it(run: Run, repository: Path) -> None:
    write_action(repository / "greeter")
    reason = run(USE.replace("made/greeter@v1", "./greeter")).job("job").steps["2"].reason
    assert "Can't find 'action.yml' or 'action.yaml'" in reason


def test_a_post_stage_is_left_out_when_its_condition_is_false(run: Run, repository: Path, tmp_path: Path) -> None:
    write_action(tmp_path / "mine")
    (repository / "sluice.toml").write_text(f"[actions.map]\n'made/greeter' = '{tmp_path}/mine'\n", encoding="utf-8")
    ran = run(USE.replace('echo ">${{ steps.g.outputs.greeting }}"', "exit 1"))
    assert ">post 1 2" not in order(ran)
    assert ran.job("job").steps["post-2"].conclusion == "skipped"


@pytest.mark.parametrize("uses", ["greeter", "made/greeter"])
def test_what_names_no_action_is_refused_before_anything_starts(run: Run, uses: str) -> None:
    with pytest.raises(InvalidInputError, match=rf"Expected format .* Actual '{uses}'"):
        run(USE.replace("made/greeter@v1", uses))


@pytest.mark.slow
def test_what_names_no_action_that_can_be_had_fails_before_the_first_step(run: Run) -> None:
    ran = run(USE.replace("made/greeter@v1", "made/greeter/../../etc@v1"))
    assert ran.job("job").steps["setup"].conclusion == "failure"
    assert ran.said("job") == []
