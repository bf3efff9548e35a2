"""Pre, main and post stages of JavaScript actions: what their steps allow them, when they run, what they see."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from running import Run

pytestmark = pytest.mark.needs_node
if shutil.which("node") is None:
    pytest.skip("JavaScript actions need Node.js, which is not on this machine", allow_module_level=True)

STAGES = "runs: {using: node20, pre: pre.js, main: main.js, post: post.js}\n"


@pytest.fixture
def actions(repository: Path, tmp_path: Path) -> Path:
    """The folder of the actions that ``made/NAME`` means."""
    folder = tmp_path / "made"
    mapped = "".join(f"'made/{name}' = '{folder / name}'\n" for name in ("inner", "outer"))
    (repository / "sluice.toml").write_text(f"[actions.map]\n{mapped}", encoding="utf-8")
    return folder


def write(folder: Path, manifest: str = STAGES, **scripts: str) -> None:
    """An action whose stages say their name, or do what they are given."""
    folder.mkdir(parents=True)
    (folder / "action.yml").write_text(manifest, encoding="utf-8")
    for stage in ("pre", "main", "post"):
        script = scripts.get(stage, f"console.log('>{stage}')")
        (folder / f"{stage}.js").write_text(script, encoding="utf-8")


def using(*lines: str) -> str:
    body = "".join(f"      {line}\n" for line in lines)
    return f"on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n{body}"


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["pre", "post"])
def test_rule_26_a_steps_continue_on_error_holds_for_each_of_its_stages(run: Run, actions: Path, stage: str) -> None:
    write(actions / "inner", **{stage: "process.exit(3)"})
    assert run(using("- {uses: made/inner@v1}")).code == 1
    ran = run(using("- {uses: made/inner@v1, continue-on-error: true}"))
    step = ran.job("job").steps[f"{stage}-1"]
    assert (ran.code, step.outcome, step.conclusion) == (0, "failure", "success")


@pytest.mark.slow
def test_rule_26_a_local_action_has_no_pre_stage_and_says_so(run: Run, repository: Path) -> None:
    write(repository / "here")
    ran = run(using("- uses: actions/checkout@v4", "- uses: ./here"))
    (told,) = ran.job("job").annotations
    assert (told.level, told.message) == ("warning", "`pre` execution is not supported for local action from './here'")
    assert ran.said("job") == ["main", "post"]


@pytest.mark.slow
def test_rule_20_a_steps_timeout_holds_for_its_post_stage(run: Run, actions: Path) -> None:
    write(actions / "inner", post="setTimeout(() => 0, 60000)", main="")
    ran = run(using("- {uses: made/inner@v1, timeout-minutes: 0.1}"))
    assert ran.job("job").steps["post-1"].conclusion == "failure"
    assert "timed out after 0.1 minutes" in ran.job("job").steps["post-1"].reason


def test_rule_26_a_post_if_is_not_bound_to_success(run: Run, actions: Path) -> None:
    write(actions / "inner", STAGES.replace("}", ", post-if: runner.os == 'Linux'}"))
    ran = run(using("- {uses: made/inner@v1}", "- {run: exit 1}"))
    assert (ran.code, ran.said("job")[-1]) == (1, "post")


def test_rule_26_each_stage_has_its_own_look_at_the_inputs(run: Run, actions: Path) -> None:
    say = "console.log('>' + process.env.INPUT_WORD)"
    write(actions / "inner", f"inputs: {{word: {{}}}}\n{STAGES}", pre="", main=say, post=say)
    using_later = "{word: '${{ env.WORD }}', odd: x}"
    ran = run(using(f"- {{uses: made/inner@v1, with: {using_later}}}", "- {run: 'echo WORD=later >> $GITHUB_ENV'}"))
    assert ran.said("job") == ["", "later"]
    assert len(ran.job("job").annotations) == 1  # that it does not know 'odd', which once is enough to say


@pytest.mark.slow
def test_rule_26_a_pre_stage_within_a_composite_action_runs_before_the_first_step(run: Run, actions: Path) -> None:
    write(actions / "inner")
    write(actions / "outer", "runs: {using: composite, steps: [{uses: made/inner@v1}]}\n")
    ran = run(using("- {run: echo '>first'}", "- {uses: made/outer@v1}"))
    pre, first = (ran.job("job").steps[key] for key in ("pre-2", "1"))
    assert sorted(ran.said("job")) == ["first", "main", "post", "pre"]
    assert (pre.completed or 0) <= (first.started or 0)


@pytest.mark.slow
def test_rule_26_post_stages_run_last_in_first_out_for_every_action_that_started(run: Run, actions: Path) -> None:
    write(actions / "inner", main="process.exit(3)")
    write(actions / "outer")
    ran = run(
        using("- uses: made/outer@v1", "- uses: made/inner@v1", "- {id: never, uses: made/outer@v1}", "- run: 'true'")
    )
    posts = sorted(
        (step for step in ran.job("job").steps.values() if step.phase == "post"), key=lambda one: one.started or 0
    )
    assert [step.key for step in posts] == ["post-2", "post-1"]
    assert [step.conclusion for step in posts] == ["success", "success"]


@pytest.mark.slow
def test_rule_29_what_is_not_waited_for_is_drained_before_post_stages(run: Run, actions: Path) -> None:
    write(actions / "inner", post="console.log('>' + require('fs').existsSync('done'))")
    behind = "{id: behind, background: true, run: sleep 0.5; touch done}"
    assert run(using(f"- {behind}", "- uses: made/inner@v1")).said("job")[-1] == "true"


COMPOSITE = """runs:
  using: composite
  steps:
    - {shell: bash, run: "echo '>${{ github.action_status }} ${{ github.action }}'; exit 1"}
    - {shell: bash, if: failure(), run: "echo '>${{ github.action_status }}'"}
"""


def test_rule_26_a_composite_action_sees_its_own_status_and_the_name_of_its_step(run: Run, actions: Path) -> None:
    write(actions / "outer", COMPOSITE)
    ran = run(using("- {run: 'echo \">${{ github.action }} $GITHUB_ACTION\"'}", "- {id: mine, uses: made/outer@v1}"))
    assert ran.said("job") == ["__run __run", "success mine", "failure"]


def test_a_skipped_step_of_a_composite_action_has_its_name(run: Run, actions: Path) -> None:
    write(actions / "outer", "runs: {using: composite, steps: [{shell: bash, if: failure(), run: echo no}]}\n")
    step = run(using("- {uses: made/outer@v1}")).job("job").steps["1.1"]
    assert (step.name, step.conclusion) == ("Run echo no", "skipped")


def test_rule_29_an_action_of_the_same_repository_is_that_of_the_repository_that_names_it(
    run: Run, repository: Path, actions: Path
) -> None:
    say = "runs: {{using: composite, steps: [{{shell: bash, run: echo '>{}'}}]}}\n"
    for folder, word in ((repository, "the workflows"), (actions / "outer", "the actions")):
        (folder / "sub").mkdir(parents=True)
        (folder / "sub/action.yml").write_text(say.format(word), encoding="utf-8")
    (actions / "outer/action.yml").write_text("runs: {using: composite, steps: [{uses: $/sub}]}\n", encoding="utf-8")
    ran = run(using("- uses: $/sub", "- uses: made/outer@v1"))
    assert sorted(ran.said("job")) == ["the actions", "the workflows"]


CLEAN_UP = """runs:
  using: composite
  steps:
    - {shell: bash, if: cancelled(), run: "echo '>cleaned ${{ github.action_status }}'"}
    - {shell: bash, run: "exit 1"}
    - {shell: bash, run: "echo '>no'"}
    - {shell: bash, if: failure(), run: "echo '>failed'"}
"""


def test_rule_26_a_composite_action_that_cleans_up_after_a_cancellation_stands_for_itself(
    run: Run, actions: Path
) -> None:
    write(actions / "outer", CLEAN_UP)
    text = using("- {run: exec sleep 60}", "- {uses: made/outer@v1, if: always()}")
    ran = run(text.replace("    steps:", "    timeout-minutes: 0.01\n    steps:"))
    assert ran.job("job").conclusion == "cancelled"
    assert ran.said("job") == ["cleaned success", "failed"]


def test_rule_26_a_composite_action_is_cancelled_with_a_step_of_its_own(run: Run, actions: Path) -> None:
    inner = "{shell: bash, if: '!cancelled()', run: exec sleep 60}, {shell: bash, run: echo '>no'}"
    write(actions / "outer", f"runs: {{using: composite, steps: [{inner}]}}\n")
    text = using("- {uses: made/outer@v1, if: always()}")
    ran = run(text.replace("    steps:", "    timeout-minutes: 0.01\n    steps:"))
    assert (ran.job("job").steps["1"].conclusion, ran.said("job")) == ("cancelled", [])
