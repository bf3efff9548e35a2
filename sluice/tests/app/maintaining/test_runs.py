"""What the week, the month and the quarter make of runs: real ones, of small workflows."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from projects import commit
from running import Run

from sluice.app.maintaining.failures import look_at_failures
from sluice.app.maintaining.flaky import look_at_flaky
from sluice.app.maintaining.retrospective import look_back
from sluice.app.maintaining.scene import Scene
from sluice.app.maintaining.speed import look_at_caches, look_at_jobs, look_at_runs
from sluice.app.maintaining.storage import look_at_disk, look_at_infrastructure
from sluice.delivery.maintenance.model import DAY, Section, Standing
from sluice.events.model import RunInterrupted
from sluice.store.runs.sqlite import SqliteStore

pytestmark = pytest.mark.slow
MakeScene = Callable[..., Scene]
WORKFLOW = """\
name: CI
on: {{ workflow_dispatch: {{ inputs: {{ how: {{ type: string }} }} }}, push: {{}} }}
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - name: Try
        run: {script}
  lint:
    runs-on: ubuntu-latest
    steps:
      - run: echo well
"""
NOTHING_RAN = [
    look_at_failures,
    look_at_flaky,
    look_at_jobs,
    look_at_runs,
    look_at_caches,
    look_at_infrastructure,
    look_back,
]


@pytest.mark.parametrize("look", NOTHING_RAN)
def test_where_nothing_ran_nothing_was_looked_at(look: Callable[[Scene], Section], make_scene: MakeScene) -> None:
    section = look(make_scene())
    assert section.standing is Standing.UNSEEN
    assert "no run of this repository since then" in section.unseen[0]


def test_failures_are_told_once_for_each_job_and_cause(run: Run, make_scene: MakeScene) -> None:
    run(WORKFLOW.format(script="exit 3"))
    first = run(WORKFLOW.format(script="exit 3"))
    second = run(WORKFLOW.format(script="exit 4"))
    section = look_at_failures(make_scene())
    texts = [found.text for found in section.findings]
    assert texts == [
        f"CI: test › Try failed 2 times, exit code 3; last in {first.state.run}",
        f"CI: test › Try failed 1 time, exit code 4; last in {second.state.run}",
    ]
    assert f"sluice rerun {second.state.run} --failed" in section.findings[1].commands
    assert section.facts == ("3 runs, 3 failed",)


def test_where_no_job_passed_nobody_says_that_there_was_no_run(run: Run, make_scene: MakeScene) -> None:
    run(WORKFLOW.format(script="exit 3").replace("echo well", "exit 1"))
    section = look_at_jobs(make_scene())
    assert section.unseen == ("no job passed in a run since then, so nobody can say how long they take",)


def test_green_runs_need_nobody(run: Run, make_scene: MakeScene) -> None:
    run(WORKFLOW.format(script="exit 0"))
    run(WORKFLOW.format(script="exit 0"))
    for look in (look_at_failures, look_at_flaky, look_at_jobs, look_at_runs, look_back, look_at_infrastructure):
        assert look(make_scene()).standing is Standing.FINE, look.__name__
    assert look_at_caches(make_scene()).standing is Standing.NOTHING


def test_a_job_that_fails_and_passes_on_one_commit_is_flaky(
    repository: Path, run_file: Run, make_scene: MakeScene
) -> None:
    text = WORKFLOW.format(script="test ${{ github.run_number }} != 2")
    (repository / ".github/workflows/w.yml").write_text(text, encoding="utf-8")
    commit(repository)
    ran = [run_file("w.yml") for _ in range(3)]
    section = look_at_flaky(make_scene())
    assert len({one.state.facts.sha for one in ran if one.state.facts}) == 1, "the tree did not change"
    (found,) = section.findings
    assert found.text.startswith("CI: test failed 1 of 3 times on ")
    assert found.commands == (f"sluice logs {ran[1].state.run} test",)


def test_a_job_that_always_fails_is_not_flaky(repository: Path, run_file: Run, make_scene: MakeScene) -> None:
    (repository / ".github/workflows/w.yml").write_text(WORKFLOW.format(script="exit 1"), encoding="utf-8")
    commit(repository)
    run_file("w.yml")
    run_file("w.yml")
    assert look_at_flaky(make_scene()).standing is Standing.FINE


JUNIT = """\
name: CI
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: |
          mkdir reports
          failure=$(test ${{ github.run_number }} != 2 || echo '<failure message="too late"/>')
          cat > reports/junit.xml <<END
          <testsuite><testcase classname="tests.clock" name="test_time[utc]">$failure</testcase>
          <testcase classname="tests.clock" name="test_zone"><failure message="always"/></testcase></testsuite>
          END
      - { uses: actions/upload-artifact@v4, with: { name: reports, path: reports } }
"""


def test_a_test_that_fails_and_passes_on_one_commit_is_flaky(
    repository: Path, run_file: Run, make_scene: MakeScene
) -> None:
    (repository / ".github/workflows/w.yml").write_text(JUNIT, encoding="utf-8")
    commit(repository)
    run_file("w.yml")
    assert look_at_flaky(make_scene()).standing is Standing.FINE
    second = run_file("w.yml")
    section = look_at_flaky(make_scene())
    (found,) = section.findings
    assert found.text.startswith("CI: the test tests.clock::test_time[utc] failed 1 of 2 times on ")
    assert found.commands == (f"sluice show {second.state.run}", "git grep --line-number test_time")
    assert section.facts == ("1 commit run, 2 reports of tests read",)


def test_a_slower_job_is_told_against_the_span_before(run: Run, make_scene: MakeScene) -> None:
    text = WORKFLOW.format(script="sleep ${{ inputs.how }}")
    for _ in range(3):
        run(text, event="workflow_dispatch", inputs={"how": "0.1"})
    middle = time.time()
    for _ in range(3):
        run(text, event="workflow_dispatch", inputs={"how": "2.5"})
    until = time.time() - middle
    scene = make_scene(middle, later=max(0.0, until))  # the span before is as long, and so holds the first three
    section = look_at_jobs(scene)
    (found,) = section.findings
    assert found.text.startswith("CI: test is slower: ")
    assert section.facts[0].startswith("CI: test takes ")
    assert look_at_runs(scene).findings[0].text.startswith("CI takes longer: ")
    earlier = make_scene(middle - 600, later=middle - time.time())
    assert look_at_jobs(earlier).standing is Standing.FINE


def test_caches_are_told_by_type(run: Run, make_scene: MakeScene) -> None:
    cache = "{ uses: actions/cache@v4, with: { path: things, key: pip-3 } }"
    text = WORKFLOW.format(script="mkdir things").replace("steps:", f"steps:\n      - {cache}", 1)
    run(text)
    run(text)
    assert look_at_caches(make_scene()).facts == ("pip: 50% of 2 look-ups hit",)


def test_a_job_that_fails_often_is_told_with_the_time_it_cost(run: Run, make_scene: MakeScene) -> None:
    for code in (0, 1, 0, 1, 0):
        run(WORKFLOW.format(script=f"exit {code}"))
    (found,) = look_back(make_scene()).findings
    assert found.text.startswith("CI: test failed in 2 of 5 runs, ")


def test_a_quarter_with_fewer_green_runs_than_the_last(run: Run, make_scene: MakeScene) -> None:
    run(WORKFLOW.format(script="exit 0"))
    middle = time.time()
    run(WORKFLOW.format(script="exit 1"))
    scene = make_scene(middle, later=60)
    assert [found.text for found in look_back(scene).findings] == ["0% of the runs passed, 100% before"]


def test_an_interrupted_run_is_a_failure(run: Run, make_scene: MakeScene, tmp_path: Path) -> None:
    ran = run(WORKFLOW.format(script="exit 0"))
    with SqliteStore(tmp_path / "home/state") as store:
        other, number = store.new_run("ci.yml", str(Path.cwd()))
        queued = ran.state.facts
        assert queued is not None
        writer = store.writer(other)
        writer.append(replace(queued, number=number))
        writer.append(RunInterrupted(reason="the engine (process 7) died"))
    (found,) = look_at_failures(make_scene()).findings
    assert found.text == f"CI: {other} was interrupted, the engine (process 7) died"


def keep_free(repository: Path, percent: float) -> None:
    """So that the room on the tests' own disk decides nothing, or everything."""
    (repository / "sluice.toml").write_text(f"[maintain]\nfree-percent = {percent}\n", encoding="utf-8")


def test_little_room_on_the_disk_needs_somebody(repository: Path, make_scene: MakeScene) -> None:
    keep_free(repository, 0)
    assert look_at_disk(make_scene()).standing is Standing.FINE
    keep_free(repository, 100)
    (found,) = look_at_disk(make_scene()).findings
    assert found.text.endswith(" are free where Sluice keeps its runs; 100 % must be (free-percent)")
    assert found.commands == ("sluice clean --older-than 30d --dry-run",)


def test_old_runs_can_be_removed(run: Run, repository: Path, make_scene: MakeScene) -> None:
    keep_free(repository, 0)
    run(WORKFLOW.format(script="exit 0"))
    assert look_at_disk(make_scene()).standing is Standing.FINE
    (found,) = look_at_disk(make_scene(later=91 * DAY)).findings
    assert found.text.startswith("1 run older than 90 days can be removed: ")
    assert found.commands[-1] == "sluice clean --older-than 90d"
