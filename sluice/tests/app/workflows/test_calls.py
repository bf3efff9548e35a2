"""Jobs that call workflows of other repositories: from git, from the cache, from a mapped folder."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from running import Run

from sluice.cli.main import cli
from sluice.source.errors import InvalidInputError

BUILD = """
on:
  workflow_call:
    inputs: {who: {type: string, required: true}, count: {type: number, default: 2}}
    secrets: {KEY: {required: true}}
    outputs: {said: {value: "${{ jobs.build.outputs.said }}"}}
jobs:
  build:
    runs-on: ubuntu-latest
    outputs: {said: "${{ steps.s.outputs.said }}"}
    steps:
      - id: s
        env: {KEY: "${{ secrets.KEY }}"}
        run: |
          echo "said=${{ inputs.who }} ${{ inputs.count }} ${#KEY}" >> $GITHUB_OUTPUT
          echo ">${{ job.workflow_ref }} ${{ job.workflow_repository }} ${{ job.workflow_file_path }}"
          test -n "${{ job.workflow_sha }}" || echo ">no commit"
      - {uses: $/greet}
  inner: {uses: ./.github/workflows/inner.yml}
"""
INNER = """
on: workflow_call
jobs:
  last:
    runs-on: ubuntu-latest
    steps: [{run: "echo '>inner of ${{ job.workflow_ref }}'"}]
"""
GREET = "name: Greet\nruns: {using: composite, steps: [{run: echo '>greetings', shell: bash}]}"
CALLER = """
on: push
jobs:
  call:
    uses: Owner/flows/.github/workflows/build.yml@v1
    with: {who: you}
    secrets: {KEY: abc}
  after:
    needs: call
    runs-on: ubuntu-latest
    steps: [{run: "echo '>${{ needs.call.outputs.said }} ${{ job.workflow_file_path }}'"}]
"""


@pytest.fixture(scope="module")
def tagged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The other repository, with a tag ``v1``, to be copied."""
    root = tmp_path_factory.mktemp("tagged") / "flows"
    (root / ".github/workflows").mkdir(parents=True)
    (root / "greet").mkdir()
    (root / ".github/workflows/build.yml").write_text(BUILD, encoding="utf-8")
    (root / ".github/workflows/inner.yml").write_text(INNER, encoding="utf-8")
    (root / "greet/action.yml").write_text(GREET, encoding="utf-8")
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "One"], ["tag", "v1"]):
        subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@b.c", *words], cwd=root, check=True)
    return root


@pytest.fixture
def flows(tagged: Path, tmp_path: Path) -> Path:
    """The other repository on its server, for this test alone."""
    return shutil.copytree(tagged, tmp_path / "git/Owner/flows")


@pytest.fixture
def from_git(flows: Path, repository: Path) -> Path:
    (repository / "sluice.toml").write_text(f'[actions]\ngit = "file://{flows.parents[1]}"\n', encoding="utf-8")
    return flows


@pytest.mark.slow
def test_a_workflow_of_another_repository_runs_and_its_own_paths_are_its_repositorys(run: Run, from_git: Path) -> None:
    assert from_git.is_dir()
    ran = run(CALLER)
    assert ran.code == 0, ran.results()
    flows = "Owner/flows/.github/workflows"
    assert ran.said("call/build") == [f"{flows}/build.yml@v1 Owner/flows .github/workflows/build.yml", "greetings"]
    assert ran.said("call/inner/last") == [f"inner of {flows}/inner.yml@v1"]
    assert ran.said("after") == ["you 2 3 .github/workflows/w.yml"]


@pytest.mark.slow
def test_what_was_fetched_once_is_there_offline(run: Run, from_git: Path) -> None:
    assert run(CALLER).code == 0
    shutil.rmtree(from_git)
    assert run(CALLER, offline=True).code == 0


BESIDE = (
    CALLER
    + """
  beside:
    runs-on: ubuntu-latest
    steps: [{run: echo '>beside'}]
"""
)


@pytest.mark.slow
def test_a_workflow_that_is_not_here_fails_the_job_that_calls_it_and_no_other(run: Run) -> None:
    ran = run(BESIDE, offline=True)
    assert (ran.code, ran.job("call").conclusion, ran.job("after").conclusion) == (1, "failure", "skipped")
    assert "The workflow 'Owner/flows@v1' can't be had offline" in (ran.job("call").reason or "")
    assert ran.said("beside") == ["beside"]


@pytest.mark.slow
def test_a_mapped_folder_stands_for_the_repository(run: Run, flows: Path) -> None:
    shutil.rmtree(flows / ".git")
    ran = run(CALLER, actions={"owner/flows": flows}, offline=True)
    assert ran.said("call/build")[1:] == ["no commit", "greetings"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("uses", "said"),
    [
        ("Owner/flows/build.yml@v1", "references to workflows must be rooted in '.github/workflows'"),
        ("Owner/flows/.github/workflows/a/b.yml@v1", "workflows must be defined at the top level"),
        ("Owner/flows/.github/workflows/no.yml@v1", "workflow was not found: Owner/flows/.github/workflows/no.yml@v1"),
        ("./.github/workflows/no.yml", "workflow was not found: ./.github/workflows/no.yml"),
        ("./.github/workflows/no.yml@v1", "cannot specify version when calling local workflows"),
        ("Owner/flows/.github/workflows/build.yml", "no version specified"),
        ("./no.yml", "references to workflows must be rooted in '.github/workflows'"),
    ],
)
def test_a_reference_that_leads_nowhere_is_an_error_at_its_place(
    run: Run, from_git: Path, uses: str, said: str
) -> None:
    assert from_git.is_dir()
    with pytest.raises(InvalidInputError, match=said) as caught:
        run(CALLER.replace("Owner/flows/.github/workflows/build.yml@v1", uses))
    assert caught.value.diagnostics[0].span.start.line == 5


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{who: you}", "{}", "Input who is required, but not provided while calling."),
        ("{who: you}", "{who: a, x: 1}", "Invalid input, x is not defined in the referenced workflow."),
        ("{who: you}", "{who: [you]}", "A sequence was not expected"),
        ("{who: you}", "{who: {a: b}}", "A mapping was not expected"),
        ("{KEY: abc}", "{}", "Secret KEY is required, but not provided while calling."),
    ],
)
def test_a_call_that_does_not_fit_is_refused_before_anything_starts(
    run: Run, from_git: Path, old: str, new: str, said: str
) -> None:
    assert from_git.is_dir()
    with pytest.raises(InvalidInputError, match=said):
        run(CALLER.replace(old, new))


@pytest.mark.parametrize(
    ("called", "said"),
    [
        (
            (
                "on: {workflow_call: , push: {branches: [a], branches-ignore: [b]}}\n"
                "jobs: {a: {runs-on: x, steps: [{run: a}]}}"
            ),
            "branches",
        ),
        ("on: workflow_call\njobs: {a: {runs-on: x, steps: [{run: a}], needs: b}}", "b"),
    ],
)
def test_a_called_workflow_is_refused_for_what_it_is_by_itself(
    run: Run, repository: Path, called: str, said: str
) -> None:
    (repository / ".github/workflows/called.yml").write_text(called, encoding="utf-8")
    with pytest.raises(InvalidInputError) as caught:
        run("on: push\njobs: {call: {uses: ./.github/workflows/called.yml}}")
    assert any(said in found.message and "called.yml" in found.span.file for found in caught.value.diagnostics)


@pytest.mark.slow
def test_calls_that_go_in_a_circle_end(run: Run, repository: Path) -> None:
    text = "on: [push, workflow_call]\njobs: {again: {uses: ./.github/workflows/w.yml}}"
    assert repository.is_dir()
    with pytest.raises(InvalidInputError, match="Nested reusable workflow depth exceeded 10") as told:
        run(text)
    assert len(told.value.diagnostics) == 1
    with pytest.raises(InvalidInputError, match="it has no `workflow_call` trigger") as told:
        run(text.replace("[push, workflow_call]", "push"))
    assert len(told.value.diagnostics) == 1


@pytest.mark.slow
def test_plan_draws_what_is_called(repository: Path, from_git: Path) -> None:
    assert from_git.is_dir()
    (repository / ".github/workflows/w.yml").write_text(CALLER, encoding="utf-8")
    drawn = CliRunner().invoke(cli, ["plan", "w.yml"], standalone_mode=False)
    assert "call / build" in drawn.stdout
    assert "call / inner / last" in drawn.stdout


def test_plan_and_lint_tell_what_they_could_not_read(repository: Path) -> None:
    (repository / ".github/workflows/w.yml").write_text(CALLER, encoding="utf-8")
    said = "The call of 'Owner/flows/.github/workflows/build.yml@v1' was not checked"
    for words in (["plan", "w.yml", "--offline"], ["lint", "w.yml"]):
        shown = CliRunner().invoke(cli, words, standalone_mode=False)
        assert shown.return_value == 0
        assert said in shown.output


def test_lint_checks_a_call_that_it_can_read(repository: Path, flows: Path) -> None:
    (repository / "sluice.toml").write_text(f'[actions.map]\n"Owner/flows" = "{flows}"\n', encoding="utf-8")
    (repository / ".github/workflows/w.yml").write_text(CALLER.replace("who: you", "whom: you"), encoding="utf-8")
    shown = CliRunner().invoke(cli, ["lint", "w.yml"], standalone_mode=False)
    assert shown.return_value == 1
    assert "Invalid input, whom is not defined in the referenced workflow." in shown.output
