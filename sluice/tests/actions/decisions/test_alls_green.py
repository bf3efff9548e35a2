"""``re-actors/alls-green``: pure judgement, and a run whose last job stands for all."""

from __future__ import annotations

import pytest
from running import Run

from sluice.actions.builtin.decisions.alls_green import Judgement


@pytest.mark.parametrize(
    ("result", "may_fail", "may_be_skipped", "green"),
    [
        ("success", False, False, True),
        ("failure", False, False, False),
        ("failure", True, False, True),
        ("failure", False, True, False),
        ("skipped", False, False, False),
        ("skipped", False, True, True),
        ("skipped", True, False, False),
        ("cancelled", True, True, False),
    ],
)
def test_what_a_job_may_end_with(*, result: str, may_fail: bool, may_be_skipped: bool, green: bool) -> None:
    found = Judgement(
        results={"a": "success", "b": result},
        may_fail=frozenset({"b"} if may_fail else ()),
        may_be_skipped=frozenset({"b"} if may_be_skipped else ()),
    )
    assert found.green is green


TEXT = """on: push
jobs:
  good: {runs-on: ubuntu-latest, steps: [{run: "true"}]}
  bad: {runs-on: ubuntu-latest, steps: [{run: "false"}]}
  off: {if: false, runs-on: ubuntu-latest, steps: [{run: "true"}]}
  check:
    if: always()
    needs: [good, bad, off]
    runs-on: ubuntu-latest
    outputs: {result: "${{ steps.a.outputs.result }}"}
    steps:
      - {id: a, uses: re-actors/alls-green@release/v1, with: {jobs: "${{ toJSON(needs) }}", MORE}}
  after:
    if: always()
    needs: check
    runs-on: ubuntu-latest
    steps: [{run: 'echo ">${{ needs.check.outputs.result }}"'}]
"""


BAD = {"success": "❌ bad: failure (allowed to fail)", "failure": "✓ good: success (required to succeed)"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "result", "said"),
    [
        ("allowed-skips: off, allowed-failures: 'bad, other'", "success", ""),
        ("""allowed-skips: '["off"]'""", "failure", "Some of the jobs that must succeed did not: bad (failure)"),
        ("allowed-failures: bad", "failure", "Some of the jobs that must succeed did not: off (skipped)"),
        ("allowed-failures: '{}'", "", "Input 'allowed-failures' must be a list of jobs"),
    ],
)
def test_one_job_stands_for_all(run: Run, more: str, result: str, said: str) -> None:
    ran = run(TEXT.replace("MORE", more))
    job = ran.job("check")
    assert job.conclusion == ("success" if result == "success" else "failure")
    assert ran.said("after") == [result]
    assert said in job.steps["1"].reason
    if result:
        (summary,) = (ran.folder / "summaries").iterdir()
        assert f"- {BAD[result]}" in summary.read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("jobs", "said"),
    [
        ("'{}'", "please provide a non-empty `needs` context"),
        ("needs", "must be the needs context as JSON"),
        ("'[1]'", "must be the needs context as JSON"),
    ],
)
def test_what_is_no_needs_context_fails_with_what_to_give(run: Run, jobs: str, said: str) -> None:
    uses = f"{{uses: re-actors/alls-green@v1, with: {{jobs: {jobs}}}}}"
    ran = run(f"on: push\njobs: {{job: {{runs-on: ubuntu-latest, steps: [{uses}]}}}}")
    assert said in ran.job("job").steps["1"].reason
