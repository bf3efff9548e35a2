"""Rule 29 of docs/semantics.md: background steps, what waits for them, and what ends them."""

from __future__ import annotations

import pytest
from running import Ran, Run

from sluice.source.errors import InvalidInputError


def steps(*lines: str) -> str:
    body = "\n".join(f"      {line}" for line in lines)
    return f"on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n{body}\n"


def order(ran: Ran) -> list[str]:
    """Ids of the steps in the order of their starts."""
    found = [step for step in ran.job("job").steps.values() if step.started is not None and step.id.isalpha()]
    return [step.id for step in sorted(found, key=lambda step: step.started or 0)]


def test_rule_29_a_background_step_lets_the_next_one_start_and_is_waited_for(run: Run) -> None:
    ran = run(
        steps(
            "- {id: behind, background: true, run: 'until test -e here; do sleep 0.01; done'}",
            "- {id: ahead, run: touch here}",
            "- {id: joined, wait: behind}",
            "- run: echo '>${{ steps.behind.outcome }}'",
        )
    )
    assert ran.code == 0
    assert ran.said("job") == ["success"]
    behind, ahead = (next(s for s in ran.job("job").steps.values() if s.id == name) for name in ("behind", "ahead"))
    assert behind.started is not None
    assert ahead.completed is not None
    assert behind.background
    assert behind.started < ahead.completed


BEFORE_AND_AFTER = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - id: behind
        background: true
        run: |
          echo a=1 >> $GITHUB_OUTPUT; echo B=2 >> $GITHUB_ENV; echo /somewhere >> $GITHUB_PATH; touch done
      - run: until test -e done; do sleep 0.01; done; sleep 0.2
      - run: |
          echo ">before ${{ steps.behind.outputs.a }} $B ${PATH%%:*}"
      - wait: [behind]
      - run: |
          echo ">after ${{ steps.behind.outputs.a }} $B ${PATH%%:*}"
"""


def test_rule_29_outputs_environment_and_paths_arrive_at_the_wait(run: Run) -> None:
    before, after = run(BEFORE_AND_AFTER).said("job")
    assert before.startswith("before   /")
    assert "/somewhere" not in before
    assert after == "after 1 2 /somewhere"


def test_rule_29_wait_all_waits_for_every_one(run: Run) -> None:
    ran = run(
        steps(
            "- {id: one, background: true, run: sleep 0.2; touch one}",
            "- {id: two, background: true, run: sleep 0.3; touch two}",
            "- {wait-all: true}",
            "- run: ls | tr '\\n' ' ' | sed 's/^/>/'",
        )
    )
    assert ran.said("job") == ["one two"]
    assert ran.results() == {"job": "success"}


@pytest.mark.slow
def test_rule_29_a_failed_background_step_counts_from_the_wait_on(run: Run) -> None:
    ran = run(
        steps(
            "- {id: behind, background: true, run: exit 3}",
            "- run: sleep 0.2; echo '>goes on'",
            "- {id: joined, wait: behind}",
            "- run: echo '>not any more'",
            "- {if: failure(), run: echo '>told'}",
        )
    )
    assert ran.said("job") == ["goes on", "told"]
    assert ran.code == 1
    assert ran.steps("job")["behind"] == ("failure", "failure")


def test_rule_29_what_nobody_waits_for_is_drained_before_the_job_ends(run: Run) -> None:
    ran = run(steps("- {id: behind, background: true, run: 'sleep 0.3; echo \">drained\"; exit 1'}", "- run: 'true'"))
    assert ran.said("job") == ["drained"]
    assert (ran.code, ran.results()) == (1, {"job": "failure"})


def test_rule_29_cancel_ends_a_background_step_politely_and_fails_nothing(run: Run) -> None:
    server = "trap 'echo \">bye\"; exit 0' INT; touch up; while :; do sleep 0.05; done"
    ran = run(
        steps(
            f"- {{id: server, background: true, run: {server!r}}}".replace("\\'", "''"),
            "- run: until test -e up; do sleep 0.01; done",
            "- {cancel: server}",
            "- run: echo '>${{ job.status }}'",
        )
    )
    assert ran.said("job") == ["bye", "success"]
    assert ran.code == 0
    assert ran.steps("job")["server"][0] == "cancelled"


@pytest.mark.slow
def test_rule_29_ten_background_steps_run_at_once_and_the_eleventh_waits(run: Run) -> None:
    count = (  # each goes on until ten are there, however slow the machine is, then as long as an eleventh would take
        "mkdir -p on; touch on/$$; for turn in $(seq 500); do test $(ls on | wc -l) -ge 10 && touch full; "
        "test -e full && break; sleep 0.05; done; sleep 0.4; ls on | wc -l > count.$$; sleep 0.4; rm on/$$"
    )
    many = [f"- {{id: b{number}, background: true, run: '{count}'}}" for number in range(11)]
    ran = run(steps(*many, "- {wait-all: true}", '- run: echo ">$(cat count.* | sort -n | tail -1)"'))
    assert ran.said("job") == ["10"]


def test_rule_29_a_wait_for_what_is_not_there_fails_and_names_what_there_is(run: Run) -> None:
    ran = run(steps("- {id: behind, background: true, run: 'true'}", "- {id: joined, wait: nobody}"))
    assert ran.code == 1
    assert "No background step with the id 'nobody'. There are: behind" in ran.job("job").steps["2"].reason


PARALLEL = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - parallel:
          - {id: one, run: "touch one; until test -e two; do sleep 0.01; done; echo a=1 >> $GITHUB_OUTPUT"}
          - {id: two, run: "touch two; until test -e one; do sleep 0.01; done"}
      - run: echo '>${{ steps.one.outputs.a }} ${{ steps.two.outcome }}'
"""


@pytest.mark.slow
def test_rule_29_a_parallel_group_runs_at_once_and_is_waited_for(run: Run) -> None:
    ran = run(PARALLEL)
    assert ran.said("job") == ["1 success"]
    assert ran.code == 0


def test_rule_29_a_failure_in_a_parallel_group_fails_the_job_after_all_are_done(run: Run) -> None:
    ran = run(PARALLEL.replace("touch two;", "touch two; exit 4;"))
    assert ran.said("job") == []
    assert (ran.code, ran.steps("job")["one"]) == (1, ("success", "success"))


def test_rule_29_a_group_within_a_group_is_refused(run: Run) -> None:
    text = PARALLEL.replace("- {id: two, run:", "- {parallel: [{run: x}]}\n          - {id: two, run:")
    with pytest.raises(InvalidInputError, match="Required property is missing"):
        run(text)


def test_rule_29_what_a_cancelled_background_step_put_out_is_there_afterwards(run: Run) -> None:
    server = "echo a=1 >> $GITHUB_OUTPUT; touch up; exec sleep 60"
    ran = run(
        steps(
            f"- {{id: server, background: true, run: '{server}'}}",
            "- run: until test -e up; do sleep 0.01; done",
            "- {cancel: server}",
            "- run: echo '>${{ steps.server.outcome }} ${{ steps.server.outputs.a }}'",
        )
    )
    assert (ran.said("job"), ran.code) == (["cancelled 1"], 0)


def test_rule_29_a_wait_ends_as_what_it_waited_for_did(run: Run) -> None:
    ran = run(
        steps(
            "- {id: good, background: true, run: 'true'}",
            "- {id: bad, background: true, run: exit 3}",
            "- {id: one, wait: good}",
            "- {id: two, wait: bad}",
        )
    )
    assert [ran.steps("job")[name] for name in ("one", "two")] == [("success", "success"), ("failure", "failure")]


def test_rule_29_a_wait_that_may_fail_lets_the_job_go_on_and_fail_in_the_end(run: Run) -> None:
    ran = run(
        steps(
            "- {id: bad, background: true, run: exit 3}",
            "- {id: joined, wait: bad, continue-on-error: true}",
            "- run: echo '>${{ steps.joined.outcome }} ${{ steps.bad.outcome }} ${{ job.status }}'",
        )
    )
    assert ran.steps("job")["joined"] == ("failure", "success")
    assert ran.said("job") == ["failure failure success"]
    assert (ran.code, ran.results()) == (1, {"job": "failure"})


def test_rule_29_a_background_step_ends_with_the_job_whatever_its_condition(run: Run) -> None:
    text = steps("- {id: server, background: true, if: always(), run: exec sleep 60}", "- run: exec sleep 60")
    ran = run(text.replace("    steps:", "    timeout-minutes: 0.01\n    steps:"))
    assert ran.job("job").conclusion == "cancelled"
    assert ran.steps("job")["server"] == ("cancelled", "cancelled")
    assert (ran.job("job").completed or 0) - (ran.job("job").started or 0) < 20
