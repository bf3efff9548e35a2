"""Reusable workflows in runs of their own kind: their group, their secrets, their token's rights."""

from __future__ import annotations

from pathlib import Path

import pytest
from running import Run

CALLED = """on: {workflow_call: {secrets: {word: {}}}}
concurrency: %s
jobs: {x: {runs-on: ubuntu-latest, steps: [{run: 'echo ">$WORD"; sleep 0.4', env: {WORD: "${{ secrets.word }}"}}]}}
"""
TWO_CALLS = """on: push
jobs:
  a: {uses: ./.github/workflows/called.yml}
  b: {uses: ./.github/workflows/called.yml}
"""


@pytest.fixture
def called(repository: Path) -> Path:
    return repository / ".github/workflows/called.yml"


def test_rule_17_a_called_workflows_own_group_lets_one_call_run_at_a_time(run: Run, called: Path) -> None:
    called.write_text(CALLED % "one-at-a-time", encoding="utf-8")
    ran = run(TWO_CALLS)
    first, second = sorted((ran.job("a/x"), ran.job("b/x")), key=lambda job: job.started or 0)
    assert ran.results() == {"a": "success", "a/x": "success", "b": "success", "b/x": "success"}
    assert (first.completed or 0) <= (second.started or 0)


def test_rule_16_max_parallel_counts_calls_too(run: Run, called: Path) -> None:
    called.write_text(CALLED % "${{ github.run_id }}-${{ inputs.n }}", encoding="utf-8")
    called.write_text(
        called.read_text("utf-8").replace("workflow_call: {", "workflow_call: {inputs: {n: {type: string}}, ")
    )
    strategy = "strategy: {max-parallel: 1, matrix: {n: ['1', '2']}}, with: {n: '${{ matrix.n }}'}"
    ran = run(f"on: push\njobs:\n  a: {{{strategy}, uses: ./.github/workflows/called.yml}}\n")
    first, second = sorted((ran.job("a.1/x"), ran.job("a.2/x")), key=lambda job: job.started or 0)
    assert ran.code == 0
    assert (first.completed or 0) <= (second.started or 0)


@pytest.mark.slow
def test_rule_17_a_called_workflow_in_its_callers_group_would_wait_for_itself(run: Run, called: Path) -> None:
    called.write_text(CALLED % "${{ github.workflow }}", encoding="utf-8")
    ran = run(f"name: same\nconcurrency: same\n{TWO_CALLS}")
    assert set(ran.results().values()) == {"cancelled"}
    assert "a deadlock: concurrency group 'same' is held by" in ran.job("a").reason


def test_a_called_job_that_is_skipped_has_its_callers_name(run: Run, called: Path) -> None:
    skipped = "jobs: {x: {if: false, runs-on: ubuntu-latest, steps: [{run: 'true'}]}}\n"
    called.write_text(f"on: workflow_call\n{skipped}", encoding="utf-8")
    assert run(TWO_CALLS).job("b/x").name == "b / x"


def test_rule_25_a_secret_that_a_call_makes_is_masked(run: Run, called: Path) -> None:
    called.write_text(CALLED % "x", encoding="utf-8")
    made = """on: push
jobs:
  make:
    runs-on: ubuntu-latest
    outputs: {word: "${{ steps.m.outputs.word }}"}
    steps: [{id: m, run: 'echo word=made-up-word >> $GITHUB_OUTPUT'}]
  call:
    needs: make
    uses: ./.github/workflows/called.yml
    secrets: {word: "${{ needs.make.outputs.word }}"}
"""
    assert run(made).said("call/x") == ["***"]


@pytest.mark.slow
def test_a_called_jobs_token_may_no_more_than_its_callers(run: Run, called: Path) -> None:
    ask = """
import os, urllib.error, urllib.request
request = urllib.request.Request(
    os.environ["GITHUB_API_URL"] + "/repos/" + os.environ["GITHUB_REPOSITORY"] + "/issues",
    b'{"title": "t"}', {"Authorization": "Bearer " + os.environ["TOKEN"]})
try:
    print(">" + str(urllib.request.urlopen(request).status))
except urllib.error.HTTPError as error:
    print(">" + str(error.code))
"""
    indented = "".join(f"          {line}\n" for line in ask.strip().splitlines())
    called.write_text(
        "on: workflow_call\njobs:\n  x:\n    runs-on: ubuntu-latest\n    steps:\n"
        f"      - shell: python\n        env: {{TOKEN: '${{{{ github.token }}}}'}}\n        run: |\n{indented}",
        encoding="utf-8",
    )
    call = "jobs: {call: {uses: ./.github/workflows/called.yml}}\n"
    assert run(f"on: push\npermissions: {{contents: read}}\n{call}").said("call/x") == ["403"]
    assert run(f"on: push\npermissions: {{issues: write}}\n{call}").said("call/x") == ["201"]
