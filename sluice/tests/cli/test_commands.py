"""Every command as a person types it, in a small repository."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from commanding import sluice

from sluice.app import action_needs
from sluice.cli.main import COMMANDS

WORKFLOW = """name: Small
on: push
permissions: {contents: read}
jobs:
  first: {runs-on: ubuntu-latest, steps: [{run: echo one}]}
  second: {needs: first, runs-on: ubuntu-latest, steps: [{id: s, run: "echo two; exit 1"}]}
  third: {needs: second, runs-on: ubuntu-latest, steps: [{run: echo three}]}
"""


def typed(*words: str) -> subprocess.CompletedProcess[str]:
    """The same in a process of its own, with its own imports and open files."""
    command = [sys.executable, "-m", "sluice", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture
def small(repository: Path) -> Path:
    (repository / ".github/workflows/small.yml").write_text(WORKFLOW, encoding="utf-8")
    return repository


@pytest.mark.slow
def test_a_run_and_every_way_to_look_at_it(small: Path) -> None:
    assert typed("run").returncode == 1
    assert re.search(r"Small +First +main +", typed("list").stdout)
    assert "third" in typed("show").stdout
    assert "two" in typed("logs", "latest", "second").stdout.splitlines()
    assert "needs second  failed" in typed("explain", "latest", "third").stdout
    assert "if success() is true" in typed("explain", "latest", "second", "s").stdout
    assert "complete (Complete job)" in typed("explain", "latest", "second", "none").stderr
    shell = typed("shell", "latest", "second", "-c", "echo $GITHUB_JOB; pwd")
    assert shell.stdout.splitlines()[0] == "second"
    assert shell.stdout.splitlines()[1].endswith("/work/repository/repository")
    events = [json.loads(line)["event"]["event"] for line in typed("show", "--json").stdout.splitlines()]
    assert (events[0], events[-1]) == ("RunQueued", "RunCompleted")
    report = Path(typed("report").stdout.strip())
    assert "<!doctype html>" in report.read_text(encoding="utf-8").lower()[:200]
    again = typed("rerun", "--failed", "--plain")
    assert again.returncode == 1
    assert "first" not in [line.split(":")[0] for line in again.stdout.splitlines() if "started on" in line]
    assert small.is_dir()


def test_events_are_json_lines(small: Path) -> None:
    done = sluice("run", "--json")
    assert [json.loads(line)["seq"] for line in done.stdout.splitlines()] == list(
        range(1, len(done.stdout.splitlines()) + 1)
    )
    assert small.is_dir()


@pytest.mark.parametrize("form", ["text", "mermaid", "svg"])
def test_the_plan_is_drawn(small: Path, form: str) -> None:
    done = sluice("plan", "--format", form)
    assert done.returncode == 0
    assert all(job in done.stdout for job in ("first", "second", "third"))
    assert small.is_dir()


@pytest.mark.slow
def test_lint_finds_nothing_in_a_good_workflow_and_points_at_a_bad_one(small: Path) -> None:
    good = sluice("lint")
    assert (good.returncode, "error" in good.stdout, "warning" in good.stdout) == (0, False, False)
    assert "[unused-need]" not in good.stdout
    (small / ".github/workflows/small.yml").write_text(WORKFLOW.replace("runs-on", "runs_on", 1), encoding="utf-8")
    found = sluice("lint")
    assert found.returncode == 1
    assert ".github/workflows/small.yml:5:11: error: Unexpected value 'runs_on'" in found.stdout
    assert "^^^^^^^" in found.stdout
    listed = [one for one in json.loads(sluice("lint", "--format", "json").stdout) if one["severity"] == "error"]
    assert [(one["line"], one["column"], one["rule"]) for one in listed] == [
        (5, 10, "required-property"),
        (5, 11, "unexpected-value"),
    ]
    assert "::error file=.github/workflows/small.yml,line=5," in sluice("lint", "--format", "github").stdout


@pytest.mark.slow
def test_doctor_says_which_jobs_can_run(small: Path) -> None:
    text = WORKFLOW.replace("third: {needs: second, runs-on: ubuntu-latest", "third: {runs-on: windows-latest")
    (small / ".github/workflows/small.yml").write_text(text, encoding="utf-8")
    lines = sluice("doctor").stdout.splitlines()
    assert any(line.startswith("  + git") for line in lines)
    assert any(line.startswith("  + small.yml first") for line in lines)
    assert (
        "  - small.yml third   no runner here has the label windows-latest (sluice doctor lists those there are)"
        in lines
    )
    assert any(line.startswith("  + labels") and "ubuntu-latest" in line for line in lines)
    text = WORKFLOW.replace("{run: echo one}", "{shell: 'no-such-shell -c', run: echo one}")
    (small / ".github/workflows/small.yml").write_text(text, encoding="utf-8")
    lines = sluice("doctor").stdout.splitlines()
    assert any(line.startswith("  - small.yml first") and "the shell 'no-such-shell'" in line for line in lines)
    assert any(line.startswith("  + small.yml second") for line in lines)


@pytest.mark.slow
def test_doctor_tries_nothing_that_is_elsewhere_and_says_so(small: Path) -> None:
    (small / "here").mkdir()
    (small / "here/action.yml").write_text("{name: H, runs: {using: node20, main: x.js}}", encoding="utf-8")
    (small / "sluice.toml").write_text('[actions.map]\n"some/mapped" = "here"\n', encoding="utf-8")
    steps = {
        "plain": "run: echo 1",
        "mapped": "uses: some/mapped@v1",
        "absent": "uses: some/absent@v1",
        "pip": "run: python -m venv x && x/bin/pip install y; sudo apt-get update",
        "served": "run: echo 1",
        "word": '''run: "echo 'a pipeline, a cargo-culted gopher'"''',
    }
    jobs = "\n".join(f"  {name}: {{runs-on: ubuntu-latest, steps: [{{{step}}}]}}" for name, step in steps.items())
    served = "services: {db: {image: 'postgres:15'}}, runs-on: ubuntu-latest"
    jobs = jobs.replace("served: {runs-on: ubuntu-latest", f"served: {{{served}")
    called = "  called: {uses: some/other/.github/workflows/w.yml@v1}"
    (small / ".github/workflows/small.yml").write_text(f"on: push\njobs:\n{jobs}\n{called}\n", encoding="utf-8")
    told = {line.split()[2]: line for line in sluice("doctor").stdout.splitlines() if "small.yml" in line}
    assert {name: line[2] for name, line in told.items()} == {
        "plain": "+",
        "mapped": "+",
        "word": "+",
        "absent": "?",
        "pip": "?",
        "served": "?",
        "called": "?",
    }
    assert told["absent"].endswith("untried: fetches some/absent@v1")
    assert told["pip"].endswith("untried: its scripts may fetch from Python's package index, the system's packages")
    assert "untried: fetches some/other" in told["called"]
    assert told["served"].endswith("untried: fetches what serves its services")


@pytest.mark.slow
def test_doctor_says_what_a_built_in_action_lacks(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(action_needs, "find_spec", lambda _: None)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{small}/nothing.sock")
    steps = {
        "release": "uses: Softprops/action-gh-release@v2",
        "perhaps": "uses: softprops/action-gh-release@v2, if: github.ref_type == 'tag'",
        "image": "uses: docker/build-push-action@v6",
        "own": "uses: docker/login-action@v3",
    }
    (small / "here").mkdir()
    (small / "here/action.yml").write_text("{name: H, runs: {using: node20, main: x.js}}", encoding="utf-8")
    (small / "sluice.toml").write_text('[actions.map]\n"docker/login-action" = "here"\n', encoding="utf-8")
    jobs = "\n".join(f"  {name}: {{runs-on: ubuntu-latest, steps: [{{{step}}}]}}" for name, step in steps.items())
    (small / ".github/workflows/small.yml").write_text(f"on: push\njobs:\n{jobs}\n", encoding="utf-8")
    told = {line.split()[2]: line for line in sluice("doctor").stdout.splitlines() if "small.yml" in line}
    assert {name: line[2] for name, line in told.items()} == {"release": "-", "perhaps": "+", "image": "-", "own": "+"}
    assert told["release"].endswith("softprops/action-gh-release needs PyGithub: pip install 'sluice-ci[github]'")
    assert "docker/build-push-action needs a container engine: " in told["image"]


COMPOSITE = """name: C
inputs: {version: {default: '3.98'}}
runs:
  using: composite
  steps:
    - {uses: actions/setup-python@v5, with: {python-version: "${{ inputs.version }}"}}
    - {uses: some/absent@v1}
    - {run: echo 1, shell: bash}
"""


@pytest.mark.slow
def test_doctor_says_which_versions_and_programs_actions_lack(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name, *_, **__: None if name in {"trivy", "snyk", "uv"} else find(name))
    (small / "here").mkdir()
    (small / "here/action.yml").write_text(COMPOSITE, encoding="utf-8")
    matrix = "strategy: {matrix: {v: ['3.x', '3.99']}}"
    steps = {
        "scans": "uses: aquasecurity/trivy-action@0.28.0",
        "brings": "run: sudo apt-get install trivy}, {uses: aquasecurity/trivy-action@0.28.0",
        "tests": "uses: snyk/actions/docker@master",
        "old": "uses: actions/setup-python@v5, with: {python-version: '3.99'}",
        "other": "uses: actions/setup-python@v5, with: {python-version: pypy3.10}",
        "newest": "uses: actions/setup-python@v5, with: {python-version: 3.x}",
        "legs": "uses: actions/setup-python@v5, with: {python-version: '${{ matrix.v }}'}",
        "unknown": "uses: actions/setup-python@v5, with: {python-version: '${{ env.V }}'}",
        "perhaps": "uses: actions/setup-python@v5, if: github.ref_type == 'tag', with: {python-version: '3.99'}",
        "java": "uses: actions/setup-java@v4, with: {distribution: zulu, java-version: '98'}",
        "node": "uses: actions/setup-node@v4, with: {node-version: '98'}",
        "inner": "uses: ./here",
        "given": "uses: ./here, with: {version: 3.x}",
    }
    jobs = "\n".join(f"  {name}: {{runs-on: ubuntu-latest, steps: [{{{step}}}]}}" for name, step in steps.items())
    jobs = jobs.replace("legs: {", f"legs: {{{matrix}, ")
    (small / ".github/workflows/small.yml").write_text(f"on: push\njobs:\n{jobs}\n", encoding="utf-8")
    told = {line.split()[2]: line for line in sluice("doctor").stdout.splitlines() if "small.yml" in line}
    lacking = {name for name, line in told.items() if line[2] == "-"}
    assert lacking == {"scans", "tests", "old", "other", "legs", "java", "inner"}, told
    assert {name for name, line in told.items() if line[2] == "?"} == {"brings", "node", "given"}, told
    assert "aquasecurity/trivy-action needs 'trivy', which is not here: install trivy" in told["scans"]
    assert "snyk/actions/docker needs 'snyk'" in told["tests"]
    for name, version in (("old", "3.99"), ("other", "pypy3.10"), ("legs", "3.99"), ("inner", "3.98")):
        assert f"actions/setup-python: there is no Python {version} here (3." in told[name]
        assert told[name].endswith("bring it with pyenv or with 'uv python install'")
    assert "actions/setup-java: there is no Java 98 here" in told["java"]
    assert told["node"].endswith("untried: fetches Node.js 98")
    assert told["given"].endswith("untried: fetches some/absent@v1")


@pytest.mark.slow
def test_doctor_says_which_file_is_broken_and_looks_at_the_others(small: Path) -> None:
    text = "on: push\njobs: {a: {runs_on: x, steps: []}}"
    (small / ".github/workflows/broken.yml").write_text(text, encoding="utf-8")
    lines = sluice("doctor").stdout.splitlines()
    (broken,) = (line for line in lines if line.startswith("  - broken.yml"))
    assert " line 2: " in broken
    assert "sluice lint broken.yml" in broken
    assert any(line.startswith("  + small.yml first") for line in lines)


@pytest.mark.slow
def test_doctor_says_which_secrets_and_variables_jobs_are_not_given(small: Path) -> None:
    assert "  + all  no job uses any" in sluice("doctor").stdout.splitlines()
    used = WORKFLOW.replace("{run: echo one}", "{run: 'echo ${{ secrets.TOKEN }} ${{ vars.PLACE }} ${{ vars.SET }}'}")
    (small / ".github/workflows/small.yml").write_text(used, encoding="utf-8")
    settings = '[secret.TOKEN]\nrequired = "always"\n[variables]\nSET = "x"\n'
    (small / "sluice.toml").write_text(settings, encoding="utf-8")
    lines = sluice("doctor").stdout.splitlines()
    assert lines[lines.index("secrets and variables") + 1 :][:2] == [
        "  - TOKEN  secret not given (--secret TOKEN): no run starts without it for small.yml first",
        "  - PLACE  variable not given (--var PLACE): empty for small.yml first",
    ]


@pytest.mark.slow
def test_of_a_matrix_the_leg_that_is_shown_is_named_with_the_others(repository: Path) -> None:
    legs = WORKFLOW.replace("steps: [{run: echo one}]", 'strategy: {matrix: {n: [1, 2]}}, steps: [{run: "echo one"}]')
    (repository / ".github/workflows/small.yml").write_text(legs, encoding="utf-8")
    sluice("run", "--quiet")
    for command in ("logs", "explain"):
        told = sluice(command, "latest", "first").stderr
        assert told == "first.1 is one of the 2 legs of 'first'; the others: first.2\n"
        assert sluice(command, "latest", "first.2").stderr == ""
        assert sluice(command, "latest", "second").stderr == ""


def test_a_job_that_wrote_nothing_says_why(small: Path) -> None:
    sluice("run", "--quiet")
    told = sluice("logs", "latest", "third")
    assert (told.returncode, told.stdout) == (0, "")
    assert told.stderr == "'third' wrote nothing: skipped ('second', which it needs, failed)\n"
    explained = sluice("explain").stdout.splitlines()
    assert [line.split()[0] for line in explained if line.startswith(("first ", "second ", "third "))] == [
        "first",
        "second",
        "third",
    ]
    assert small.is_dir()


def test_eval_answers_whatever_the_bytes_and_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii:strict")
    command = [sys.executable, "-m", "sluice", "eval", "--batch"]
    lines = b'{"expr": "x\xff"}\n{"expr": "\'\\ud800\'"}\n{"expr": "\'\xc3\xa9\'"}\n'
    done = subprocess.run(command, capture_output=True, check=False, input=lines, timeout=60)
    kinds = [json.loads(line).get("value") for line in done.stdout.splitlines()]
    assert (kinds, done.returncode) == ([None, "\ud800", "\u00e9"], 0)


def test_eval_takes_an_expression_as_it_stands_in_a_workflow() -> None:
    assert json.loads(sluice("eval", "${{ contains('abc', 'B') }}").stdout) == {"kind": "Boolean", "value": True}
    assert json.loads(sluice("eval", "'${{ 1 }}'").stdout) == {"kind": "String", "value": "${{ 1 }}"}
    assert "error" in json.loads(sluice("eval", "${{ 1 }} ${{ 2 }}").stdout)


def test_eval_says_how_contexts_are_given() -> None:
    asked = sluice("eval", "github.ref")
    assert (asked.returncode, "hint: contexts are empty here: --contexts FILE" in asked.stderr) == (2, True)
    assert sluice("eval", "1 ==").stderr == ""


def test_eval_answers_one_and_many() -> None:
    assert json.loads(sluice("eval", "contains('abc', 'B')").stdout) == {"kind": "Boolean", "value": True}
    wrong = sluice("eval", "1 ==")
    assert (wrong.returncode, json.loads(wrong.stdout)["error"]["kind"]) == (2, "parsing")
    lines = '{"expr": "a.b", "contexts": {"a": {"b": [1]}}}\nnonsense\n'
    answers = [json.loads(line) for line in sluice("eval", "--batch", given=lines).stdout.splitlines()]
    assert answers[0] == {"kind": "Array", "value": [1]}
    assert answers[1]["error"]["kind"] == "input"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_for_the_shell(shell: str) -> None:
    assert "_SLUICE_COMPLETE" in sluice("completion", shell).stdout


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_has_help_with_an_example(name: str) -> None:
    done = sluice(name, "--help")
    assert done.returncode == 0
    assert f"sluice {name}" in done.stdout


@pytest.mark.slow
def test_every_command_can_be_the_first_that_is_loaded() -> None:
    assert {name: typed(name, "--help").returncode for name in COMMANDS} == dict.fromkeys(COMMANDS, 0)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nonsense",), "No such command"),
        (("-j", "test"), "No such option '-j'. Options follow a command, as in: sluice run -j test"),
        (("rn",), "No such command 'rn'. Did you mean 'run'?"),
        (("run", "nothing.yml"), "No workflow 'nothing.yml'"),
        (("run", "--alone"), "hint: add --job NAME"),
        (("run", "-q", "-v"), "--quiet and --verbose exclude each other"),
        (("run", "-q", "--json"), "--quiet and --json exclude each other"),
        (("run", "-v", "--json"), "--verbose and --json exclude each other"),
        (("rerun", "-q", "--plain"), "--quiet and --plain exclude each other"),
        (("run", "--event", "pull_requst"), "did you mean 'pull_request'?"),
        (("run", "--ref", ""), "is no name that git allows"),
        (("run", "--ref", "bad ref~"), "is no name that git allows"),
        (("plan", "-o", "/dev/null/x.svg"), "/dev/null/x.svg can't be written: Not a directory"),
        (("run", "--job", "frist"), "did you mean 'first'?"),
        (("run", "--secret", "NOT_THERE"), "the environment has no variable"),
        (("run", "--secret-file", "none"), "--secret-file none: No such file or directory"),
        (("gate", "out"), 'hint: such as [gate."coverage/line"]'),
        (("run", "--event", "watch"), "'watch' is not among its events"),
        (("show", "latest"), "run"),
        (("list", "-n", "99999999999999999999"), "is not in the range"),
        (("run", "--ref", "\udcff"), "'refs/heads/\\udcff' is not UTF-8"),
        (("logs", "20990101"), "run"),
        (("plan", "../.."), "No workflow"),
    ],
)
def test_what_cannot_be_done_is_said_with_exit_code_2(small: Path, words: tuple[str, ...], said: str) -> None:
    done = sluice(*words)
    assert said in done.stderr
    assert done.returncode == 2
    assert small.is_dir()


def test_outside_of_a_repository_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SLUICE_HOME", str(tmp_path / "home"))
    done = sluice("run")
    assert (done.returncode, "No repository at or above" in done.stderr) == (2, True)


def test_a_bare_repository_is_told_from_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subprocess.run(["git", "init", "--quiet", "--bare", str(tmp_path / "r.git")], check=True)
    monkeypatch.chdir(tmp_path / "r.git")
    ran = sluice("plan")
    assert (ran.returncode, "is a bare repository" in ran.stderr) == (2, True)


def test_a_log_that_is_gone_or_cut_short_is_not_read_as_an_empty_one(small: Path, tmp_path: Path) -> None:
    assert small.is_dir()
    assert sluice("run").returncode == 1
    (first,) = (tmp_path / "home/state/runs").glob("*/logs/first.log")
    first.write_bytes(first.read_bytes()[:-5])
    first.with_name("second.log").unlink()
    told = sluice("logs")
    assert told.returncode == 2
    assert "the log of 'first' is cut short" in told.stderr
    assert "the log of 'second' is gone" in told.stderr


@pytest.mark.slow
def test_a_leg_that_is_not_there_does_not_read_as_passed(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)  # there the error is an annotation
    monkeypatch.delenv("CI", raising=False)
    matrix = "strategy: {matrix: {n: \"${{ fromJSON('[1]') }}\"}}"
    text = f"on: push\njobs: {{t: {{runs-on: ubuntu-latest, {matrix}, steps: [{{run: 'true'}}]}}}}"
    (small / ".github/workflows/small.yml").write_text(text, encoding="utf-8")
    assert sluice("run", "--job", "t.1", "--plain").returncode == 0
    absent = sluice("run", "--job", "t.2", "--plain")
    assert (absent.returncode, "small.yml:2:11: There is no job 't.2': there is t.1" in absent.stdout) == (2, True)
    assert absent.stderr == "sluice: There is no job 't.2': there is t.1\n"
    assert "rerun --failed" not in absent.stdout, "it would not be there then either"
    (small / ".github/workflows/small.yml").write_text(
        text.replace("\"${{ fromJSON('[1]') }}\"", "[1]"), encoding="utf-8"
    )
    refused = sluice("run", "--job", "t.2", "--plain")
    assert (refused.returncode, "there is no job 't.2' in this workflow" in refused.stderr) == (2, True)


def test_a_workflow_without_a_job_does_not_read_as_passed(small: Path) -> None:
    (small / ".github/workflows/small.yml").write_text("on: push\njobs: {}", encoding="utf-8")
    told = sluice("run", "small.yml")
    assert (told.returncode, told.stderr.splitlines()[0]) == (
        2,
        ".github/workflows/small.yml:2:7: error: No jobs defined in `jobs` [no-jobs]",
    )


def test_settings_that_are_no_file_are_not_passed_over(small: Path) -> None:
    (small / "sluice.toml").mkdir()
    told = sluice("run")
    assert told.returncode == 2
    assert "sluice.toml can't be read" in told.stderr


def test_a_working_folder_that_is_gone_is_no_bug(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    told = sluice("list")
    monkeypatch.chdir(tmp_path)
    assert (told.returncode, told.stderr.splitlines()[0]) == (2, "sluice: The working folder is gone")


def test_a_value_with_a_minus_is_a_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told = sluice("measure", "image/size", "-5", "MB")
    assert (told.returncode, told.stderr) == (2, "sluice: image/size is negative, which no size is\n")
    assert sluice("measure", "balance", "-5", "--better", "higher").returncode == 0
    assert '"value":-5' in (tmp_path / "measures.jsonl").read_text(encoding="utf-8").replace(" ", "")
