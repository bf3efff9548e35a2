"""Built-in actions as steps of workflows that run for real."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from running import Run

CACHE = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - {id: c, uses: actions/cache@v4, with: {path: "kept\\n~/more", key: KEY, restore-keys: deps-}}
      - run: |
          echo ">${{ steps.c.outputs.cache-hit }} $(cat kept/file 2>/dev/null) $(cat ~/more 2>/dev/null)"
          mkdir -p kept; echo one > kept/file; echo two > ~/more
"""


def commit(repository: Path) -> None:
    for command in (
        ["git", "add", "-A"],
        ["git", "-c", "user.name=A", "-c", "user.email=a@b", "commit", "-qm", "Next"],
    ):
        subprocess.run(command, cwd=repository, check=True)


@pytest.mark.slow
def test_a_cache_is_saved_by_one_run_and_restored_by_the_next(run: Run) -> None:
    assert run(CACHE.replace("KEY", "deps-1")).said("job")[-1] == ""
    assert run(CACHE.replace("KEY", "deps-1")).said("job")[-1] == "true one two"
    later = run(CACHE.replace("KEY", "deps-2"))
    assert later.said("job")[-1] == "false one two"
    assert [type(event).__name__ for event in later.job("job").caches] == ["CacheRestored", "CacheSaved"]


@pytest.mark.slow
def test_a_cache_is_not_saved_by_a_job_that_failed(run: Run) -> None:
    assert run(CACHE.replace("KEY", "deps-1") + "          exit 1\n").code == 1
    assert run(CACHE.replace("KEY", "deps-1")).said("job")[-1] == ""


@pytest.mark.parametrize("key", ["a,b", "x" * 513])
def test_a_cache_key_that_github_refuses_fails_the_step(run: Run, key: str) -> None:
    ran = run(CACHE.replace("KEY", f'"{key}"'))
    assert "Key Validation Error" in ran.job("job").steps["1"].reason


@pytest.mark.slow
def test_checkout_takes_the_working_tree_as_it_stands(run: Run, repository: Path) -> None:
    (repository / "kept.txt").write_text("old", encoding="utf-8")
    (repository / ".gitignore").write_text("ignored.txt\n", encoding="utf-8")
    commit(repository)
    for name in ("kept.txt", "new.txt", "ignored.txt"):
        (repository / name).write_text("changed", encoding="utf-8")
    before = subprocess.run(["git", "status", "--porcelain"], cwd=repository, capture_output=True, check=True).stdout
    ran = run(
        "on: push\njobs: {job: {runs-on: ubuntu-latest, steps: [{uses: actions/checkout@v4}, {run: "
        '\'echo ">$(cat kept.txt) $(ls | xargs) $(git rev-list --count HEAD) $(git branch --show-current)"; '
        'test "$(git rev-parse HEAD)" = "$GITHUB_SHA"\'}]}}'
    )
    after = subprocess.run(["git", "status", "--porcelain"], cwd=repository, capture_output=True, check=True).stdout
    assert ran.said("job")[-1] == "changed kept.txt new.txt 1 main"
    assert ran.code == 0
    assert before.replace(b"?? .github/\n", b"") == after.replace(b"?? .github/\n", b"")


def test_checkout_of_all_history_has_the_tags(run: Run, repository: Path) -> None:
    subprocess.run(["git", "tag", "v1"], cwd=repository, check=True)
    ran = run(
        "on: push\njobs: {job: {runs-on: ubuntu-latest, steps: ["
        "{uses: actions/checkout@v4, with: {fetch-depth: 0, path: sub}},"
        "{run: 'echo \">$(git -C sub tag) $(git -C sub rev-list --count HEAD)\"'}]}}"
    )
    assert ran.said("job")[-1] == "v1 2"


@pytest.mark.slow
def test_checkout_outside_of_the_workspace_is_refused(run: Run) -> None:
    ran = run(
        "on: push\njobs: {job: {runs-on: ubuntu-latest, steps: [{uses: actions/checkout@v4, with: {path: ../x}}]}}"
    )
    assert "is not under" in ran.job("job").steps["1"].reason


@pytest.mark.slow
def test_artifacts_go_from_job_to_job(run: Run) -> None:
    text = """on: push
jobs:
  make:
    runs-on: ubuntu-latest
    strategy: {matrix: {v: [1, 2]}}
    steps:
      - run: mkdir -p out/deep; echo ${{ matrix.v }} > out/deep/${{ matrix.v }}.txt; echo x > out/.hidden
      - {uses: actions/upload-artifact@v4, with: {name: "part-${{ matrix.v }}", path: out}}
  take:
    needs: make
    runs-on: ubuntu-latest
    steps:
      - {uses: actions/download-artifact@v4, with: {pattern: part-*, merge-multiple: true, path: got}}
      - run: echo ">$(find got -type f | sort | xargs)"
"""
    ran = run(text)
    assert ran.said("take")[-1] == "got/deep/1.txt got/deep/2.txt"
    assert {artifact.name for artifact in ran.job("make.1").artifacts} == {"part-1"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ("name: a, path: none, if-no-files-found: error", "No files were found with the provided path"),
        ("name: 'a:b', path: file", "The artifact name is not valid"),
        ("name: a, path: file, compression-level: 12", "Invalid compression-level"),
    ],
)
def test_an_artifact_that_github_refuses_fails_the_step(run: Run, inputs: str, said: str) -> None:
    ran = run(
        "on: push\njobs: {job: {runs-on: ubuntu-latest, steps: [{run: echo x > file},"
        f"{{uses: actions/upload-artifact@v4, with: {{{inputs}}}}}]}}}}"
    )
    assert said in ran.job("job").steps["2"].reason


@pytest.mark.slow
def test_an_artifact_that_is_not_there_is_named_with_those_that_are(run: Run) -> None:
    steps = "[{uses: actions/download-artifact@v4, with: {name: x}}]"
    ran = run(f"on: push\njobs: {{job: {{runs-on: ubuntu-latest, steps: {steps}}}}}")
    assert "Artifact not found for name: x" in ran.job("job").steps["1"].reason


@pytest.mark.slow
def test_setup_python_gives_the_job_an_interpreter_of_its_own(run: Run) -> None:
    ran = run(
        "on: push\njobs: {job: {runs-on: ubuntu-latest, steps: ["
        "{id: p, uses: actions/setup-python@v5, with: {python-version: 3.x}},"
        '{run: \'echo ">$(python -c "import sys; print(sys.prefix != sys.base_prefix)") '
        '$(command -v python) $(pip --version | cut -d" " -f4)"\'}]}}',
        keep=True,
    )
    words = ran.said("job")[-1].split()
    assert (words[0], len(words)) == ("True", 3)
    assert all("/state/jobs/local~repository/job/" in word for word in words[1:])


@pytest.mark.slow
def test_a_python_that_is_not_here_skips_the_job_and_names_those_that_are(run: Run) -> None:
    text = (
        "on: push\njobs: {job: {runs-on: ubuntu-latest, steps: "
        "[{uses: actions/setup-python@v5, with: {python-version: '2.1'}}, {if: always(), run: echo later}]}}"
    )
    ran = run(text)
    assert ran.results() == {"job": "skipped"}
    assert run(text, strict=True).results() == {"job": "failure"}
    assert (
        "The version '2.1' of Python was not found on this machine. There are: 3." in ran.job("job").steps["1"].reason
    )


def test_an_action_that_cannot_be_had_is_named_before_the_first_step(run: Run, repository: Path) -> None:
    (repository / "sluice.toml").write_text(f"[actions]\ngit = 'file://{repository}/nowhere'\n", encoding="utf-8")
    ran = run("on: push\njobs: {job: {runs-on: ubuntu-latest, steps: [{run: echo one}, {uses: some/action@v1}]}}")
    reason = ran.job("job").steps["setup"].reason
    assert "The action 'some/action@v1' can't be had" in reason
    assert "nowhere/some/action" in reason
    assert {ran.job("job").steps[key].conclusion for key in ("1", "2")} == {"skipped"}


def test_a_post_stage_that_is_left_out_has_its_name(run: Run) -> None:
    ran = run(
        "on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - {name: Keep, uses: actions/cache@v4, with: {path: x, key: k}}\n      - run: exit 1\n"
    )
    names = [step.name for step in ran.job("job").top_steps() if step.phase == "post"]
    assert names == ["Post Keep"]


def test_an_input_that_no_variable_can_hold_fails_the_step_alone(run: Run) -> None:
    ran = run(
        "on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: actions/checkout@v4\n        continue-on-error: true\n"
        """        with: {path: "${{ fromJSON('\\"a\\\\u0000b\\"') }}"}\n"""
        '      - run: echo ">on"\n'
    )
    assert ran.said("job") == ["on"]
    assert "'path' contains the character NUL" in ran.job("job").steps["1"].reason
