"""Rules 9 to 17 of docs/semantics.md, each as a small workflow that runs for real."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from running import Run

from sluice.engine.graph import leg
from sluice.engine.jobs.job import JobRequest, JobResult, run_job
from sluice.source.errors import UnavailableError
from sluice.views.run.headline import run_state
from sluice.views.run.outline import outline

HEAD = "on: push\njobs:\n"


def job(name: str, script: str = "true", **keys: str) -> str:
    lines = "".join(f"    {key.replace('_', '-')}: {value}\n" for key, value in keys.items())
    return f'  {name}:\n    runs-on: ubuntu-latest\n{lines}    steps: [{{run: "{script}"}}]\n'


def test_rule_9_an_if_means_success_and(run: Run) -> None:
    ran = run(HEAD + job("a", "exit 1") + job("b", needs="a", **{"if": "github.ref != ''"}))
    assert ran.results() == {"a": "failure", "b": "skipped"}
    assert ran.job("b").reason == "'a', which it needs, failed"


def test_rule_12_a_skipped_job_is_one_job_without_legs(run: Run) -> None:
    ran = run(HEAD + job("a", **{"if": "false", "strategy": "{matrix: {v: [1, 2, 3]}}"}))
    assert ran.results() == {"a": "skipped"}


@pytest.mark.slow
def test_rule_13_a_failed_ancestor_however_far_up_skips_unless_a_status_function_is_there(run: Run) -> None:
    ran = run(
        HEAD
        + job("a", "exit 1")
        + job("b", needs="a", **{"if": "always()"})
        + job("c", needs="b")
        + job("d", "echo '>${{ needs.b.result }}'", needs="b", **{"if": "failure()"})
    )
    assert ran.results() == {"a": "failure", "b": "success", "c": "skipped", "d": "success"}
    assert ran.said("d") == ["success"]


def test_rule_14_a_failed_job_that_may_fail_is_a_success_for_those_who_need_it(run: Run) -> None:
    ran = run(
        HEAD + job("a", "exit 1", continue_on_error="true") + job("b", "echo '>${{ needs.a.result }}'", needs="a")
    )
    assert (ran.job("a").outcome, ran.job("a").conclusion) == ("failure", "success")
    assert ran.said("b") == ["success"]
    assert ran.code == 0


@pytest.mark.slow
def test_rule_16_outputs_of_legs_merge_and_a_matrix_may_come_from_another_job(run: Run) -> None:
    text = """on: push
jobs:
  make:
    runs-on: ubuntu-latest
    outputs: {list: "${{ steps.m.outputs.list }}"}
    steps: [{id: m, run: "echo 'list=[1,2]' >> $GITHUB_OUTPUT"}]
  legs:
    needs: make
    runs-on: ubuntu-latest
    strategy: {matrix: {v: "${{ fromJSON(needs.make.outputs.list) }}"}}
    outputs: {one: "${{ steps.o.outputs.v1 }}", two: "${{ steps.o.outputs.v2 }}"}
    steps: [{id: o, run: "echo v${{ matrix.v }}=leg${{ matrix.v }} >> $GITHUB_OUTPUT"}]
  last:
    needs: legs
    runs-on: ubuntu-latest
    steps: [{run: "echo '>${{ needs.legs.outputs.one }} ${{ needs.legs.outputs.two }}'"}]
"""
    ran = run(text)
    assert set(ran.results()) == {"make", "legs.1", "legs.2", "last"}
    assert ran.said("last") == ["leg1 leg2"]


def test_rule_16_a_matrix_of_nothing_is_an_error_with_its_place(run: Run) -> None:
    ran = run(HEAD + job("a", strategy="{matrix: {v: '${{ fromJSON(''[]'') }}'}}"))
    (note,) = ran.job("a").annotations
    assert ran.results() == {"a": "failure"}
    assert (note.file, note.line) == (".github/workflows/w.yml", 5)


@pytest.mark.slow
def test_rule_16_max_parallel_runs_one_leg_at_a_time(run: Run) -> None:
    ran = run(HEAD + job("a", "sleep 0.1", strategy="{max-parallel: 1, matrix: {v: [1, 2, 3]}}"))
    legs = sorted(ran.state.jobs.values(), key=lambda leg: leg.started or 0)
    assert ran.code == 0
    for earlier, later in pairwise(legs):
        assert (earlier.completed or 0) <= (later.started or 0)


def test_rule_16_max_parallel_comes_before_the_group_so_that_no_leg_is_in_anothers_way(run: Run) -> None:
    strategy = "{max-parallel: 1, matrix: {v: [1, 2, 3]}}"
    ran = run(HEAD + job("a", concurrency="deploy", strategy=strategy))
    assert ran.results() == {"a.1": "success", "a.2": "success", "a.3": "success"}


@pytest.mark.slow
def test_rule_17_a_concurrency_group_lets_one_run_and_one_wait(run: Run) -> None:
    ran = run(
        HEAD
        + job("a", "sleep 0.4", concurrency="group-x")
        + job("b", "sleep 0.4", concurrency="GROUP-X", needs="[]")
        + job("c", "sleep 0.4", concurrency="group-x", needs="[]")
    )
    results = sorted(str(result) for result in ran.results().values())
    assert results == ["cancelled", "success", "success"]


def test_a_reusable_workflow_gets_inputs_and_secrets_and_gives_outputs(run: Run, repository: Path) -> None:
    (repository / ".github/workflows/called.yml").write_text(
        """on:
  workflow_call:
    inputs: {who: {type: string, required: true}}
    secrets: {token: {required: true}}
    outputs: {greeting: {value: "${{ jobs.greet.outputs.g }}"}}
jobs:
  greet:
    runs-on: ubuntu-latest
    outputs: {g: "${{ steps.g.outputs.g }}"}
    steps: [{id: g, run: "echo '>${{ secrets.token != '' }}'; echo 'g=hello ${{ inputs.who }}' >> $GITHUB_OUTPUT"}]
""",
        encoding="utf-8",
    )
    ran = run(
        HEAD
        + "  call: {uses: ./.github/workflows/called.yml, with: {who: you}, secrets: {token: '${{ secrets.T }}'}}\n"
        + job("after", "echo '>${{ needs.call.outputs.greeting }}'", needs="call"),
        secrets={"T": "very-secret-thing"},
    )
    assert ran.results() == {"call": "success", "call/greet": "success", "after": "success"}
    assert ran.said("call/greet") == ["true"]
    assert ran.said("after") == ["hello you"]


def test_an_environment_with_reviewers_is_skipped_when_nobody_can_be_asked(run: Run, repository: Path) -> None:
    (repository / "sluice.toml").write_text("[environment.live]\nreviewers = ['ann']\n", encoding="utf-8")
    text = HEAD + job("a", environment="live")
    assert run(text).results() == {"a": "skipped"}
    assert run(text, approvals=("live",)).results() == {"a": "success"}


LEGS = """on: push
jobs:
  legs:
    strategy: {fail-fast: false, matrix: {on: [ubuntu-latest, made-up]}}
    runs-on: ${{ matrix.on }}
    steps: [{run: 'true'}]
  after: {needs: legs, runs-on: ubuntu-latest, steps: [{run: 'true'}]}
  seen: {needs: legs, if: always(), runs-on: ubuntu-latest, steps: [{run: 'echo "> ${{ needs.legs.result }}"'}]}
"""


@pytest.mark.slow
def test_a_job_with_a_leg_that_nothing_here_can_run_has_not_passed(run: Run) -> None:
    ran = run(LEGS)
    assert ran.results() == {"legs.1": "success", "legs.2": "skipped", "after": "skipped", "seen": "success"}
    assert (ran.state.nodes["legs"].conclusion, ran.said("seen")) == ("skipped", ["skipped"])
    assert run_state(ran.state) == "partly"
    assert next(row for row in outline(ran.state, 0) if row.key == "legs").state == "skipped"
    assert run(LEGS, strict=True).code == 1


def test_a_job_for_labels_that_nothing_here_has_is_skipped_and_fails_when_strict(run: Run) -> None:
    text = HEAD + job("a").replace("ubuntu-latest", "windows-latest")
    ran = run(text)
    assert ran.results() == {"a": "skipped"}
    assert "windows-latest" in ran.job("a").reason
    assert run(text, strict=True).results() == {"a": "failure"}


def test_after_a_set_up_that_failed_every_step_reads_as_skipped(run: Run) -> None:
    steps = "[{run: 'true'}, {uses: 'no/where@v1'}, {run: 'true', if: always()}]"
    ran = run(f"on: push\njobs: {{a: {{runs-on: ubuntu-latest, steps: {steps}}}}}", offline=True)
    assert ran.results() == {"a": "failure"}
    ends = {step.key: (step.conclusion, step.reason) for step in ran.job("a").steps.values()}
    assert [ends[key] for key in "123"] == [("skipped", "the job could not be set up")] * 3


@pytest.mark.slow
def test_jobs_start_when_their_own_needs_are_done(run: Run) -> None:
    ran = run(HEAD + job("slow", "sleep 0.9") + job("quick") + job("after", needs="quick"))
    assert (ran.job("after").started or 0) < (ran.job("slow").completed or 0)


def test_a_strategy_can_come_from_one_expression(run: Run) -> None:
    given = '{"matrix": {"n": [1, 2, 3]}, "max-parallel": 1, "fail-fast": false}'
    ran = run(
        f"""
on: push
jobs:
  first: {{runs-on: ubuntu-latest, outputs: {{s: '{given}'}}, steps: [{{run: "true"}}]}}
  legs:
    needs: first
    runs-on: ubuntu-latest
    strategy: ${{{{ fromJSON(needs.first.outputs.s) }}}}
    steps: [{{run: "echo '>${{{{ matrix.n }}}} ${{{{ strategy.max-parallel }}}} ${{{{ strategy.fail-fast }}}}'"}}]
"""
    )
    assert [ran.said(f"legs.{leg}") for leg in (1, 2, 3)] == [[f"{leg} 1 false"] for leg in (1, 2, 3)]


def test_an_empty_output_of_a_job_is_none(run: Run) -> None:
    ran = run("""on: push
jobs:
  first: {runs-on: ubuntu-latest, outputs: {full: x, empty: "${{ github.nothing }}"}, steps: [{run: "true"}]}
  second:
    needs: first
    runs-on: ubuntu-latest
    env: {GIVEN: "${{ join(needs.first.outputs.*, '|') }}"}
    steps: [{run: 'echo ">$GIVEN"'}]
""")
    assert ran.said("second") == ["x"]


def test_rule_29_the_event_has_the_inputs_with_their_defaults(run: Run) -> None:
    ran = run(
        "on: {workflow_dispatch: {inputs: {level: {default: high}, dry: {type: boolean}}}}\njobs:\n"
        + job("a", "echo '>${{ github.event.inputs.level }} ${{ github.event.inputs.dry }} ${{ inputs.dry }}'"),
        event="workflow_dispatch",
    )
    assert ran.said("a") == ["high false false"]


def test_what_one_task_of_a_job_could_not_have_fails_that_job_alone(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    real = run_job

    async def broken(request: JobRequest) -> JobResult:
        if request.run.key == "a":
            raise ExceptionGroup("tasks", [ExceptionGroup("more", [UnavailableError("the keeper is gone")])])
        return await real(request)

    monkeypatch.setattr(leg, "run_job", broken)
    ran = run(HEAD + job("a") + job("b"))
    assert ran.results() == {"a": "failure", "b": "success"}
    assert ran.job("a").reason == "the keeper is gone"


def test_rule_9_a_status_function_within_a_text_is_none(run: Run) -> None:
    ran = run(HEAD + job("a", "exit 1") + job("b", needs="a", **{"if": "contains('x always()', 'x')"}))
    assert ran.results() == {"a": "failure", "b": "skipped"}


def test_rule_20_a_timeout_that_can_not_be_evaluated_fails_its_job_alone(run: Run) -> None:
    ran = run(HEAD + job("a", timeout_minutes="${{ fromJSON('x') }}") + job("b"))
    assert (ran.code, ran.results()) == (1, {"a": "failure", "b": "success"})
    assert "Error parsing fromJson" in ran.job("a").reason


def test_rule_20_a_number_is_no_text_that_reads_as_one(run: Run) -> None:
    text, number = "${{ vars.MINUTES }}", "${{ fromJSON(vars.MINUTES) }}"
    ran = run(
        HEAD
        + job("a", timeout_minutes=text)
        + job("b", timeout_minutes=number)
        + job("c", strategy=f"{{max-parallel: '{text}', matrix: {{v: [1]}}}}"),
        variables={"MINUTES": "10"},
    )
    assert ran.results() == {"a": "failure", "b": "success", "c": "failure"}
    assert "w.yml (Line: 5, Col: 22): Unexpected value '10', expected a number" in ran.job("a").reason
    assert "fromJSON(...) around it" in ran.job("a").reason
    assert "Unexpected value '10'" in ran.job("c").reason


def test_outputs_that_can_not_be_evaluated_fail_the_jobs_completion(run: Run) -> None:
    ran = run(HEAD + job("a", outputs="{made: \"${{ fromJSON('x') }}\"}"))
    assert ran.results() == {"a": "failure"}
    assert ran.job("a").steps["complete"].conclusion == "failure"
