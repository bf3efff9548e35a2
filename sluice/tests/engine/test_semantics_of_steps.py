"""Rules 19 to 28 of docs/semantics.md, each as a small workflow that runs for real."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from running import Run

from sluice.cli.main import cli
from sluice.engine import interruption
from sluice.engine.jobs.requests import limits_of
from sluice.engine.processes.shells import choose_shell, command_line
from sluice.workflow.evaluation import Scope
from sluice.workflow.model import NormalJob
from sluice.workflow.parser import parse_workflow


def steps(*lines: str) -> str:
    body = "\n".join(f"      {line}" for line in lines)
    return f"on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n{body}\n"


def test_rule_19_outcome_is_before_continue_on_error_and_conclusion_after(run: Run) -> None:
    ran = run(
        steps(
            "- {id: bad, run: exit 3, continue-on-error: true}",
            "- run: echo '>${{ steps.bad.outcome }} ${{ steps.bad.conclusion }}'",
        )
    )
    assert ran.steps("job")["bad"] == ("failure", "success")
    assert ran.said("job") == ["failure success"]
    assert (ran.code, ran.job("job").steps["1"].exit_code) == (0, 3)


@pytest.mark.parametrize(("value", "hinted"), [("'true'", True), ("toJSON(2)", False), ("fromJSON('[]')", False)])
def test_rule_19_continue_on_error_takes_no_text(run: Run, value: str, hinted: bool) -> None:
    ran = run(steps(f'- {{id: bad, run: exit 3, continue-on-error: "${{{{ vars.NONE || {value} }}}}"}}'))
    assert ran.steps("job")["bad"] == ("failure", "failure")
    (told,) = [note.message for note in ran.job("job").annotations if "boolean" in note.message]
    assert ("fromJSON(...) around it" in told) == hinted


def test_rule_20_a_steps_timeout_fails_it(run: Run) -> None:
    ran = run(steps("- {id: slow, run: exec sleep 60, timeout-minutes: 0.005}", "- run: echo '>no'"))
    assert ran.steps("job")["slow"] == ("failure", "failure")
    assert "has timed out after 0.005 minutes" in ran.job("job").steps["1"].reason
    assert ran.said("job") == []


@pytest.mark.parametrize("minutes", ["0", "-5", '"${{ fromJSON(0) }}"'])
def test_rule_20_a_steps_timeout_of_nothing_is_no_limit(run: Run, minutes: str) -> None:
    ran = run(steps(f"- {{run: echo '>done', timeout-minutes: {minutes}}}"))
    assert (ran.code, ran.said("job")) == (0, ["done"])


def test_rule_20_a_steps_timeout_that_is_a_text_is_told_and_no_limit(run: Run) -> None:
    ran = run(steps("- {run: echo '>done', timeout-minutes: '${{ vars.A }}'}"), variables={"A": "0.001"})
    assert (ran.code, ran.said("job")) == (0, ["done"])
    told = [note.message for note in ran.job("job").annotations]
    assert told[0] == "An error occurred when attempting to determine the step timeout."
    assert "Unexpected value '0.001'" in told[1]
    assert "fromJSON" in told[1]


def test_rule_20_a_jobs_timeout_below_nothing_is_over_at_once(run: Run) -> None:
    ran = run(steps("- run: exec sleep 60").replace("    steps:", "    timeout-minutes: -5\n    steps:"))
    assert (ran.code, ran.job("job").conclusion) == (1, "cancelled")


def test_rule_20_a_jobs_timeout_takes_the_cancellation_path(run: Run) -> None:
    text = steps(
        "- run: exec sleep 60", "- {if: always(), run: echo '>post'}", "- {if: failure(), run: echo '>failed'}"
    )
    ran = run(text.replace("    steps:", "    timeout-minutes: 0.005\n    steps:"))
    assert ran.job("job").conclusion == "cancelled"
    assert ran.said("job") == ["post"]
    assert ran.code == 1


@pytest.mark.parametrize(
    ("keys", "limits"),
    [("", (360, 5)), ("timeout-minutes: 7", (7, 5)), ("cancel-timeout-minutes: 2", (360, 2))],
)
def test_rule_20_a_job_has_360_minutes_and_5_of_grace_unless_it_says_so(keys: str, limits: tuple[float, float]) -> None:
    text = steps("- run: 'true'").replace("    steps:", f"    {keys}\n    steps:")
    workflow, _ = parse_workflow(text, "w.yml")
    assert workflow is not None
    job = workflow.jobs["job"]
    assert isinstance(job, NormalJob)
    found = limits_of(job, Scope(contexts={}))
    assert (found.timeout, found.grace) == limits


def test_rule_20_when_the_grace_is_over_what_still_runs_is_ended(run: Run) -> None:
    text = steps(
        "- run: exec sleep 60", "- {if: always(), run: echo '>post'; exec sleep 60}", "- {if: always(), run: x}"
    )
    keys = "    timeout-minutes: 0.005\n    cancel-timeout-minutes: 0.02\n    steps:"
    ran = run(text.replace("    steps:", keys))
    assert (ran.job("job").conclusion, ran.said("job")) == ("cancelled", ["post"])
    assert (ran.job("job").completed or 0) - (ran.job("job").started or 0) < 30


@pytest.mark.parametrize(
    ("name", "there", "words"),
    [
        (None, {"bash", "sh"}, "bash -e it.sh"),
        (None, {"sh"}, "sh -e it.sh"),
        ("bash", {"bash"}, "bash --noprofile --norc -e -o pipefail it.sh"),
        ("sh", {"sh"}, "sh -e it.sh"),
        ("python", {"python"}, "python it.py"),
        ("pwsh", {"pwsh"}, "pwsh -command . 'it.ps1'"),
        ("perl -w {0}", {"perl"}, "perl -w it"),
    ],
)
def test_rule_21_each_shell_is_started_with_githubs_words(name: str | None, there: set[str], words: str) -> None:
    shell = choose_shell(name, there.__contains__)
    assert " ".join(command_line(shell, shell.program, Path(f"it{shell.suffix}"))) == words


@pytest.mark.slow
def test_rule_21_the_default_shell_stops_at_errors_but_not_in_pipes(run: Run) -> None:
    ran = run(steps("- run: false | true", "- {id: named, shell: bash, run: false | true}"))
    assert ran.steps("job")["__run"] == ("success", "success")
    assert ran.steps("job")["named"] == ("failure", "failure")


@pytest.mark.slow
def test_rule_21_python_and_custom_shells(run: Run) -> None:
    ran = run(steps("- {shell: python, run: print('>' + str(6 * 7))}", "- {shell: 'cat {0}', run: '>as it stands'}"))
    assert ran.said("job") == ["42", "as it stands", "as it stands"]  # the head of the log shows the script, too


def test_rule_21_a_known_shell_with_other_arguments_keeps_its_beginning_and_end() -> None:
    own, other = (choose_shell(name, lambda _: True) for name in ("pwsh", "pwsh -NoProfile -File {0}"))
    assert (other.before, other.after, other.suffix) == (own.before, own.after, ".ps1")
    assert other.arguments == ("-NoProfile", "-File", "{0}")


def test_rule_21_a_custom_shell_needs_the_script(run: Run) -> None:
    ran = run(steps("- {shell: cat -n, run: x}"))
    assert "Invalid shell option" in ran.job("job").steps["1"].reason
    assert ran.code == 1


def test_rule_22_a_script_may_name_its_command_files(run: Run) -> None:
    ran = run(
        steps(
            "- {id: a, run: 'echo A=b >> ${{ github.env }}; echo o=p >> ${{ github.output }}'}",
            "- run: 'test ${{ github.path }} = $GITHUB_PATH; test ${{ github.env }} = $GITHUB_ENV; echo \">$A\"'",
            "- run: echo '>${{ steps.a.outputs.o }}'; echo '# Sum' > ${{ github.step_summary }}",
            "- {id: bad, continue-on-error: true, run: \"echo ${{ fromJSON('x') }}\"}",
        )
    )
    assert (ran.code, ran.said("job")) == (0, ["b", "p"])
    assert ran.job("job").summaries
    assert ran.steps("job")["bad"] == ("failure", "success")


def test_rule_22_command_files_are_read_though_the_step_failed(run: Run) -> None:
    ran = run(
        steps(
            "- {id: a, continue-on-error: true, run: 'echo x=1 >> $GITHUB_OUTPUT; echo V=2 >> $GITHUB_ENV; exit 1'}",
            '- run: echo ">${{ steps.a.outputs.x }} $V"',
        )
    )
    assert ran.said("job") == ["1 2"]


def test_rule_22_the_last_path_written_comes_first(run: Run) -> None:
    ran = run(steps("- run: 'echo /first >> $GITHUB_PATH; echo /second >> $GITHUB_PATH'", '- run: echo ">$PATH"'))
    assert ran.said("job")[0].startswith("/second:/first:")


@pytest.mark.slow
def test_rule_22_a_path_that_is_written_again_comes_first_and_once(run: Run) -> None:
    lines = [f"- run: 'echo /{name} >> $GITHUB_PATH'" for name in ("first", "second", "first")]
    path = run(steps(*lines, '- run: echo ">$PATH"')).said("job")[0].split(":")
    assert (path[:2], path.count("/first")) == (["/first", "/second"], 1)


def test_what_to_do_about_it_is_told_with_a_steps_failure(run: Run) -> None:
    ran = run(steps("- uses: ./none"))
    (note,) = ran.job("job").annotations
    assert "(did the job run actions/checkout before this local action?)" in note.message


def test_rule_22_a_malformed_file_fails_the_step(run: Run) -> None:
    ran = run(steps("- {id: bad, run: echo nonsense >> $GITHUB_ENV}"))
    assert ran.steps("job")["bad"] == ("failure", "failure")
    assert any("Invalid format 'nonsense'" in note.message for note in ran.job("job").annotations)


def test_rule_23_the_environment_file_beats_the_job_and_a_steps_own_env_beats_it(run: Run) -> None:
    text = steps(
        "- run: echo V=file >> $GITHUB_ENV",
        '- run: echo ">$V ${{ env.V }}"',
        "- {env: {V: own}, run: 'echo \">$V ${{ env.V }}\"'}",
    ).replace("    steps:", "    env: {V: job}\n    steps:")
    assert run(text).said("job") == ["file file", "own own"]


def test_the_default_variables_cannot_be_overwritten(run: Run) -> None:
    ran = run(steps("- {env: {GITHUB_SHA: mine, RUNNER_OS: mine}, run: 'echo \">${#GITHUB_SHA} $RUNNER_OS\"'}"))
    assert ran.said("job") == ["40 Linux"]


@pytest.mark.slow
def test_rule_23_names_in_env_have_a_case(run: Run) -> None:
    ran = run(
        steps(
            "- run: echo Name=exported >> $GITHUB_ENV",
            "- run: echo '>${{ env.name }}${{ env.Name }} ${{ env.NAME }}'",
            "  env: {NAME: own}",
        )
    )
    assert ran.said("job") == ["exported own"]


def test_inputs_can_come_from_one_expression(run: Run, repository: Path) -> None:
    (repository / "tool").mkdir()
    runs = "{using: composite, steps: [{shell: sh, run: \"echo '>${{ inputs.a }}'\"}]}"
    text = f"name: T\ninputs: {{a: {{default: x}}}}\nruns: {runs}"
    (repository / "tool/action.yml").write_text(text, encoding="utf-8")
    ran = run(steps("- uses: actions/checkout@v4", "- uses: ./tool", """  with: ${{ fromJSON('{"a":"given"}') }}"""))
    assert ran.said("job") == ["given"]


def test_rule_24_commands_in_the_output_become_annotations_and_masks(run: Run) -> None:
    ran = run(
        steps(
            "- run: |",
            "    echo '::error file=a.py,line=3,col=4::broken'",
            "    echo '::add-mask::hunter2hunter2'",
            "    echo '>hunter2hunter2'",
            "    echo '::stop-commands::token-of-mine'",
            "    echo '::error::inert'",
        )
    )
    (note,) = ran.job("job").annotations
    assert (note.message, note.file, note.line, note.column) == ("broken", "a.py", 3, 4)
    assert ran.said("job") == ["***"]


@pytest.mark.parametrize("written", ["env: {CI_DEBUG: true}\n", ""])
def test_debug_lines_are_switched_on_by_the_workflow_itself(run: Run, written: str) -> None:
    script = "- run: echo '::debug::seen'; echo \"tools are told $RUNNER_DEBUG, expressions ${{ runner.debug }}\""
    log = run(written + steps(script)).log("job")
    assert ("##[debug]seen" in log) is bool(written)
    assert ("tools are told 1, expressions 1" in log) is bool(written)


@pytest.mark.slow
def test_rule_25_the_switch_for_debug_lines_is_no_secret_word(run: Run) -> None:
    text = steps("- run: echo '::debug::seen'; echo '>this is true'")
    assert "##[debug]seen" not in run(text).log("job")
    ran = run(text, secrets={"ACTIONS_STEP_DEBUG": "true"})
    assert "##[debug]seen" in ran.log("job")
    assert ran.said("job") == ["this is true"]


def test_rule_25_secrets_are_masked_wherever_they_come_out(run: Run) -> None:
    ran = run(
        steps(
            "- id: a",
            "  name: Use ${{ secrets.TOKEN }}",
            "  run: |",
            "    echo '>${{ secrets.TOKEN }}'; printf %s '${{ secrets.TOKEN }}' | base64",
            "    echo 'x=${{ secrets.TOKEN }}' >> $GITHUB_OUTPUT; echo '${{ secrets.TOKEN }}' >> $GITHUB_STEP_SUMMARY",
        ),
        secrets={"TOKEN": "s3cr3t-value-here"},
    )
    kept = b"".join(path.read_bytes() for path in ran.folder.rglob("*") if path.is_file() and "jobs" not in path.parts)
    assert ran.said("job") == ["***"]
    assert b"s3cr3t-value-here" not in kept
    assert b"czNjcjN0LXZhbHVlLWhlcmU" not in kept
    assert ran.job("job").steps["1"].name == "Use ***"


def test_rule_26_in_a_composite_success_reads_the_actions_own_status(run: Run, repository: Path) -> None:
    action = repository / "act"
    action.mkdir()
    (action / "action.yml").write_text(
        "name: a\noutputs: {o: {value: '${{ steps.s.outputs.o }}'}}\ninputs: {who: {default: you}}\n"
        "runs:\n  using: composite\n  steps:\n"
        "  - {id: s, shell: bash, run: 'echo \">in ${{ inputs.who }}\"; echo o=made >> $GITHUB_OUTPUT'}\n",
        encoding="utf-8",
    )
    ran = run(
        steps(
            "- uses: actions/checkout@v4",
            "- run: exit 1",
            "- {id: c, if: always(), uses: ./act, with: {who: me}}",
            "- {if: always(), run: \"echo '>${{ steps.c.outputs.o }}'\"}",
        )
    )
    assert sorted(ran.said("job")) == ["in me", "made"]


def test_rule_21_steps_of_a_composite_need_a_shell(run: Run, repository: Path) -> None:
    (repository / "action.yml").write_text("runs: {using: composite, steps: [{run: echo '>no'}]}", encoding="utf-8")
    ran = run(steps("- uses: actions/checkout@v4", "- {id: c, uses: ./}"))
    assert ran.steps("job")["c"] == ("failure", "failure")
    assert ran.job("job").steps["2"].reason == "./action.yml (Line: 1, Col: 34): Required property is missing: shell"
    assert ran.said("job") == []


def test_a_condition_that_can_not_be_evaluated_ends_a_composite_and_only_fails_its_step_in_a_job(
    run: Run, repository: Path
) -> None:
    (repository / "action.yml").write_text(
        "name: a\noutputs: {o: {value: '${{ steps.s.outputs.o }}'}}\nruns:\n  using: composite\n  steps:\n"
        "  - {id: s, shell: bash, run: 'echo o=made >> $GITHUB_OUTPUT'}\n"
        "  - {if: \"fromJSON('x')\", continue-on-error: true, shell: bash, run: \"echo '>never'\"}\n"
        "  - {if: always(), shell: bash, run: \"echo '>inside'\"}\n",
        encoding="utf-8",
    )
    ran = run(
        steps(
            "- uses: actions/checkout@v4",
            "- {id: c, uses: ./}",
            "- {id: d, if: \"always() && fromJSON('x')\", run: \"echo '>never'\"}",
            "- {if: always(), run: \"echo '>${{ steps.c.outcome }} ${{ steps.d.outcome }} ${{ steps.c.outputs.o }}'\"}",
        )
    )
    assert ran.said("job") == ["failure failure made"]
    assert ran.results() == {"job": "failure"}


def test_rule_27_when_the_job_is_cancelled_always_steps_still_run(run: Run) -> None:
    text = """on: push
jobs:
  quick: {runs-on: ubuntu-latest, strategy: {matrix: {v: [1, 2]}}, steps: [
    {run: 'if [ ${{ matrix.v }} = 1 ]; then sleep 0.3; exit 1; fi; exec sleep 60'},
    {if: success(), run: echo '>success'}, {if: cancelled(), run: echo '>cancelled'},
    {if: always(), run: echo '>always'}]}
"""
    ran = run(text)
    assert ran.results() == {"quick.1": "failure", "quick.2": "cancelled"}
    assert ran.said("quick.2") == ["cancelled", "always"]
    assert ran.said("quick.1") == ["always"]


def test_rule_27_a_running_step_whose_if_is_still_true_goes_on(run: Run) -> None:
    ran = run(
        steps("- {if: always(), run: sleep 1.5; echo '>to its end'}", "- run: echo '>no'").replace(
            "    steps:", "    timeout-minutes: 0.01\n    steps:"
        )
    )
    assert (ran.job("job").conclusion, ran.said("job")) == ("cancelled", ["to its end"])
    assert ran.job("job").steps["1"].conclusion == "success"


@pytest.mark.parametrize(
    ("snapshot", "told"), [("snapshot: mine", True), ("snapshot: {image-name: mine}", True), ("", False)]
)
def test_rule_29_that_no_image_is_made_of_a_job_is_told(run: Run, snapshot: str, told: bool) -> None:
    ran = run(steps("- run: 'true'").replace("    steps:", f"    {snapshot}\n    steps:"))
    notes = [(note.level, note.message) for note in ran.job("job").annotations]
    assert ran.code == 0
    assert notes == [("notice", "'snapshot' has no effect here: no image is made of a job.")] * told


def test_a_job_knows_its_folders_its_event_and_its_names(run: Run) -> None:
    ran = run(
        steps(
            "- run: |",
            '    test "$PWD" = "$GITHUB_WORKSPACE" && test "$PWD" = \'${{ github.workspace }}\' && echo \'>workspace\'',
            "    test -d \"$RUNNER_TEMP\" && test \"$RUNNER_TEMP\" = '${{ runner.temp }}' && echo '>temp'",
            '    python3 -c \'import json, os; print(">", json.load(open(os.environ["GITHUB_EVENT_PATH"]))["ref"])\'',
            '    echo ">$GITHUB_JOB $GITHUB_ACTION $GITHUB_REF_NAME $GITHUB_EVENT_NAME $GITHUB_RUN_NUMBER $CI"',
            '    test -d "$RUNNER_TOOL_CACHE" && echo ">$RUNNER_OS"',
        )
    )
    assert ran.said("job") == ["workspace", "temp", "refs/heads/main", "job __run main push 1 true", "Linux"]


def test_rule_28_step_summaries_are_kept_and_ids_are_made(run: Run) -> None:
    ran = run(steps("- run: echo '# One' >> $GITHUB_STEP_SUMMARY", "- run: echo two"))
    (summary,) = ran.job("job").summaries
    assert (ran.folder / summary.path).read_text(encoding="utf-8") == "# One\n"
    assert list(ran.steps("job")) == ["__run", "__run_2"]


def test_a_job_sees_its_repository_wherever_that_lies(run: Run, repository: Path) -> None:
    ran = run(f"on: push\njobs: {{a: {{runs-on: ubuntu-latest, steps: [{{run: 'test -d {repository}/.git'}}]}}}}")
    assert ran.results() == {"a": "success"}


def test_a_shell_opens_beside_a_folder_that_is_not_there(run: Run) -> None:
    steps = "[{run: 'echo A=1 >> $GITHUB_ENV'}, {run: 'true', working-directory: nowhere, env: {B: '2'}}]"
    ran = run(f"on: push\njobs: {{a: {{runs-on: ubuntu-latest, steps: {steps}}}}}")
    assert ran.results() == {"a": "failure"}
    for script, code in (('test "$A$B" = 12 && test "$(pwd -P)" = "$GITHUB_WORKSPACE"', 0), ('test "$A$B" = 21', 1)):
        shown = CliRunner().invoke(cli, ["shell", "latest", "a", "-c", script], standalone_mode=False)
        assert shown.return_value == code, shown.output


def test_rule_21_a_stray_quote_in_a_custom_shell_fails_the_step_and_no_more(run: Run) -> None:
    ran = run(steps('- {shell: "bash -c \'x {0}", run: x}', "- {if: failure(), run: echo '>goes on'}"))
    assert (ran.code, ran.job("job").conclusion) == (1, "failure")
    assert "No closing quotation" in ran.job("job").steps["1"].reason
    assert ran.said("job") == ["goes on"]


@pytest.mark.slow
def test_rule_24_a_steps_own_environment_allows_the_old_commands(run: Run) -> None:
    allowed = "env: {ACTIONS_ALLOW_UNSECURE_COMMANDS: true}"
    ran = run(
        steps(
            f"- {{{allowed}, run: 'echo ::set-env name=OLD::way'}}",
            '- run: echo ">$OLD"',
            "- {id: later, run: 'echo ::set-env name=OLD::no'}",
        )
    )
    assert ran.said("job") == ["way"]
    assert ran.steps("job")["later"] == ("failure", "failure")


STUBBORN = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - shell: python
        timeout-minutes: 0.02
        run: |
          import signal, time
          for name in ("SIGINT", "SIGTERM"):
              signal.signal(getattr(signal, name), lambda *_, name=name: print(">" + name, flush=True))
          while True:
              time.sleep(0.01)
"""


@pytest.mark.slow
def test_rule_27_a_step_that_ends_for_no_signal_is_killed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (interruption.INTERRUPT_SECONDS, interruption.TERMINATE_SECONDS) == (7.5, 2.5)
    for name in ("INTERRUPT_SECONDS", "TERMINATE_SECONDS"):
        monkeypatch.setattr(interruption, name, 0.5)
    ran = run(STUBBORN)
    assert ran.said("job")[-2:] == ["SIGINT", "SIGTERM"]
    assert ran.job("job").steps["1"].conclusion == "failure"
    assert (ran.job("job").steps["1"].completed or 0) - (ran.job("job").steps["1"].started or 0) >= 1


def test_rule_27_fail_fast_leaves_no_leg_that_waits_to_start(run: Run) -> None:
    matrix = "    strategy: {matrix: {v: [1, 2, 3, 4]}}\n    steps:"
    ran = run(steps("- run: exit ${{ matrix.v }}").replace("    steps:", matrix), at_once=1)
    conclusions = [str(leg.conclusion) for leg in ran.state.jobs.values()]
    assert sorted(conclusions) == ["cancelled", "cancelled", "cancelled", "failure"]
    assert sum(1 for leg in ran.state.jobs.values() if leg.steps) == 1


def test_only_what_github_exports_of_its_context_reaches_the_environment(run: Run) -> None:
    ran = run(steps("- run: env | grep -E '^GITHUB_(REPOSITORYURL|EVENT|TOKEN|SECRET_SOURCE|STATE_|REPOSITORY)=' "))
    names = [line.partition("=")[0] for line in ran.log("job") if line.startswith("GITHUB_")]
    assert names == ["GITHUB_REPOSITORY"]


def test_rule_25_nothing_that_is_kept_of_a_run_holds_a_secret(run: Run) -> None:
    ran = run(
        steps(
            "- {name: 'say ${{ secrets.T }}', run: 'mkdir x; echo 1 > x/y'}",
            "- {uses: actions/cache@v4, with: {path: x, key: 'k-${{ secrets.T }}'}}",
            "- {uses: actions/upload-artifact@v4, with: {path: x, name: 'a-${{ secrets.T }}'}}",
            "- {id: put, env: {V: '${{ secrets.T }}'}, run: 'echo v=$V >> $GITHUB_OUTPUT; echo ::notice::$V'}",
            "- {if: steps.put.outputs.v == 'other', run: 'true'}",
        ),
        secrets={"T": "very-secret-thing"},
    )
    kept = repr(ran.state)
    assert ran.code == 0
    assert "very-secret-thing" not in kept
    assert all(text in kept for text in ("say ***", "k-***", "a-***"))


def test_a_step_without_a_name_has_the_first_line_of_what_it_runs(run: Run) -> None:
    ran = run(steps("- run: 'echo ${{ github.ref_name }}'", "- {if: always(), run: 'echo ${{ fromJSON(''x'') }}'}"))
    assert [ran.job("job").steps[key].name for key in "12"] == ["Run echo main", "Run echo ${{ fromJSON('x') }}"]


def test_a_step_that_never_starts_is_named_by_what_the_job_knows_before_it_starts(run: Run) -> None:
    ran = run(
        "on: push\nenv: {E: e}\njobs:\n  job:\n    runs-on: ubuntu-latest\n    strategy: {matrix: {py: ['3.13']}}\n"
        "    steps:\n      - {if: false, name: 'Set up ${{ matrix.py }} on ${{ github.ref_name }}', run: exit 1}\n"
        "      - {if: false, run: 'echo ${{ matrix.py }}'}\n"
        "      - {if: false, name: 'Of ${{ matrix.py }} ${{ env.E }}', run: exit 1}\n"
        "      - {if: false, name: 'Of ${{ secrets.T }}', run: exit 1}\n",
        secrets={"T": "very-secret-thing"},
    )
    assert [ran.job("job.1").steps[key].name for key in "1234"] == [
        "Set up 3.13 on main",
        "Run echo 3.13",
        "Of ${{ matrix.py }} ${{ env.E }}",
        "Of ${{ secrets.T }}",
    ]
