"""``/tmp`` is the job's own; what the engine itself looks for there, it finds."""

from __future__ import annotations

from running import Run

PATTERN = '{"regexp":"^(\\\\S+):(\\\\d+) (.*)$","file":1,"line":2,"message":3}'
MATCHER = f'{{"problemMatcher":[{{"owner":"mine","pattern":[{PATTERN}]}}]}}'


def test_scripts_start_and_matchers_lie_in_the_jobs_own_temporary_folder(run: Run) -> None:
    ran = run(f"""on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - run: |
          mkdir /tmp/sluice-deep
          echo '{MATCHER}' > /tmp/sluice-deep/matcher.json
          mkdir -p "$RUNNER_TOOL_CACHE/sluice-tool"
          cp /tmp/sluice-deep/matcher.json "$RUNNER_TOOL_CACHE/sluice-tool/"
          echo "::add-matcher::/tmp/sluice-deep/matcher.json"
          echo "::add-matcher::$RUNNER_TOOL_CACHE/sluice-tool/matcher.json"
          echo "a.py:3 found"
      - run: echo ">$PWD $(ls)"; rm -r /tmp/sluice-deep
        working-directory: /tmp/sluice-deep
""")
    assert ran.code == 0, ran.log("job")
    assert ran.said("job") == ["/tmp/sluice-deep matcher.json"]
    notes = list(ran.state.annotations())
    assert [note.message for note in notes] == ["found"]


def test_a_folder_that_is_not_there_is_said_as_the_step_wrote_it(run: Run) -> None:
    ran = run("""on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - run: "true"
        working-directory: /tmp/sluice-none
""")
    assert ran.code == 1
    reason = next(step.reason for step in ran.job("job").steps.values() if step.outcome == "failure")
    assert reason is not None
    assert "working directory '/tmp/sluice-none'. No such file or directory" in reason
