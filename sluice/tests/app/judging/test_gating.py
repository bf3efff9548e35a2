import datetime as dt
import errno
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sluice.app.judging.gating import GateOptions, base_commit, fingerprint, judge_reports, load_policy, read_reports
from sluice.audit.model import NotCheckedError
from sluice.cli.gate_command import command
from sluice.gates.verdict.model import Report
from sluice.source.errors import UnavailableError, UsageError

REPORTS = Path(__file__).parents[2] / "cases/evidence/ok"
THRESHOLDS, ADVISORIES = REPORTS.parent / "thresholds", REPORTS.parent / "advisories"
TODAY = dt.date(2026, 11, 1)
STRICT, LOOSE = '[gate."coverage/line"]\nfail = "< 50%"\n', '[gate."coverage/line"]\nfail = "< 5%"\n'


def git(root: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=A", "-c", "user.email=a@b.c")
    done = subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SLUICE_HOME", str(tmp_path / "home"))
    (tmp_path / "sluice.toml").write_text(STRICT)
    return tmp_path


def judged(root: Path, *names: str, base: tuple[Path, ...] = (), environment: dict[str, str] | None = None) -> Report:
    options = GateOptions(reports=tuple(REPORTS / name for name in names), base=base)
    return judge_reports(root, options, TODAY, environment or {})


def test_reports_are_judged_by_the_working_tree(root: Path) -> None:
    assert judged(root, "coverage.json").exit_code == 1
    (root / "sluice.toml").write_text(LOOSE)
    assert judged(root, "coverage.json").exit_code == 0


@pytest.mark.needs_git
def test_a_pull_request_cannot_loosen_its_own_gate(root: Path, tmp_path: Path) -> None:
    git(root, "init", "--quiet")
    git(root, "add", "sluice.toml")
    git(root, "commit", "--quiet", "--message", "Strict")
    base = git(root, "rev-parse", "HEAD")
    (root / "sluice.toml").write_text(LOOSE)
    payload = tmp_path / "event.json"
    payload.write_text(json.dumps({"pull_request": {"base": {"sha": base}}}))
    pull_request = {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(payload)}
    assert judged(root, "coverage.json", environment={"GITHUB_EVENT_NAME": "push"}).exit_code == 0
    report = judged(root, "coverage.json", environment=pull_request)
    assert (report.exit_code, str(report.policy)) == (1, f"sluice.toml of the base commit {base[:7]}")


@pytest.mark.needs_git
def test_a_base_whose_policy_is_not_in_the_clone_never_gives_way_to_the_change_s_own(
    root: Path, tmp_path: Path
) -> None:
    git(root, "init", "--quiet")
    git(root, "config", "uploadpack.allowFilter", "true")
    git(root, "add", "sluice.toml")
    git(root, "commit", "--quiet", "--message", "Strict")
    base = git(root, "rev-parse", "HEAD")
    clone = tmp_path / "clone"
    git(root, "clone", "--quiet", "--no-checkout", "--filter=blob:none", f"file://{root}", str(clone))
    git(clone, "remote", "set-url", "origin", f"file://{tmp_path}/gone")
    (clone / "sluice.toml").write_text(LOOSE)
    with pytest.raises(UnavailableError, match="can't be read"):
        load_policy(clone, base)


@pytest.mark.needs_git
def test_the_policy_of_a_commit_keeps_its_lines(root: Path) -> None:
    git(root, "init", "--quiet")
    (root / "sluice.toml").write_text("\n\n" + STRICT)
    git(root, "add", "sluice.toml")
    git(root, "commit", "--quiet", "--message", "Strict")
    (root / "sluice.toml").unlink()
    assert load_policy(root, "HEAD").gates[0].span.start.line == 3


@pytest.mark.needs_git
def test_the_policy_of_a_commit_that_is_named_counts_and_is_called_that(root: Path) -> None:
    git(root, "init", "--quiet")
    git(root, "add", "sluice.toml")
    git(root, "commit", "--quiet", "--message", "Strict")
    (root / "sluice.toml").write_text(LOOSE)
    options = GateOptions(reports=(REPORTS / "coverage.json",), policy_commit="HEAD")
    report = judge_reports(root, options, TODAY, {})
    assert (report.exit_code, str(report.policy)) == (1, "sluice.toml of the commit HEAD")


@pytest.mark.needs_git
def test_where_a_commit_has_no_policy_yet_the_report_says_whose_counts_instead(root: Path) -> None:
    git(root, "init", "--quiet")
    git(root, "commit", "--quiet", "--allow-empty", "--message", "Empty")
    commit = git(root, "rev-parse", "HEAD")
    origin = load_policy(root, commit).origin
    assert str(origin) == f"sluice.toml of the working tree, for commit {commit[:7]} has none"


@pytest.mark.needs_git
def test_a_base_that_is_not_in_the_clone_is_no_reason_to_take_the_changed_policy(root: Path) -> None:
    git(root, "init", "--quiet")
    with pytest.raises(UnavailableError, match="isn't in this clone"):
        load_policy(root, "0" * 40)
    with pytest.raises(UsageError, match="is no commit"):
        load_policy(root, "--output=x")


@pytest.mark.parametrize("payload", ["{", "{}", '{"pull_request": null}'])
def test_a_pull_request_without_a_base_is_not_taken_for_a_push(tmp_path: Path, payload: str) -> None:
    (tmp_path / "event.json").write_text(payload)
    environment = {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(tmp_path / "event.json")}
    with pytest.raises(UnavailableError, match="doesn't name the base commit"):
        base_commit(environment)


def test_a_merge_group_has_a_base_too(tmp_path: Path) -> None:
    (tmp_path / "event.json").write_text('{"merge_group": {"base_sha": "abc"}}')
    environment = {"GITHUB_EVENT_NAME": "merge_group", "GITHUB_EVENT_PATH": str(tmp_path / "event.json")}
    assert base_commit(environment) == "abc"


def test_a_missing_or_broken_report_could_not_be_judged_the_base_s_neither(root: Path, tmp_path: Path) -> None:
    (root / "sluice.toml").write_text(LOOSE)
    broken = tmp_path / "broken.json"
    broken.write_text('{"meta": {"vers')
    assert judged(root, "coverage.json", "absent.json").exit_code == 2
    assert judged(root, "coverage.json", base=(broken,)).exit_code == 2
    assert judged(root, "coverage.json", base=(REPORTS / "coverage.json",)).exit_code == 0


def test_a_folder_stands_for_its_files_and_each_measure_has_this_machine_s_fingerprint(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for name in ("pyperf.json", "coverage.json"):
        (tmp_path / "a" / name).write_bytes((REPORTS / name).read_bytes())
    found = read_reports(tmp_path, [tmp_path])
    assert {measure.tool for measure in found.measures} == {"pyperf", "coverage.py"}
    assert {measure.machine for measure in found.measures} == {fingerprint()}


def problems(root: Path, *named: Path) -> list[tuple[str, str | None]]:
    return [(found.title.rpartition(": ")[2], found.path) for found in read_reports(root, named).problems]


def test_what_a_folder_should_hold_and_does_not_is_a_problem(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "deep").mkdir(parents=True)
    assert problems(tmp_path, out) == [("the folder holds none", "out")]
    (out / "deep/gone.json").symlink_to("nowhere")
    (out / "deep/round.json").symlink_to("round.json")
    os.mkfifo(out / "pipe")
    missing = [("No such file or directory", "out/deep/gone.json")]
    assert problems(tmp_path, out) == [*missing, ("Too many levels of symbolic links", "out/deep/round.json")]


def test_what_is_closed_to_the_reader_is_a_problem_and_loses_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for a reader who is not root, whom nothing is closed to."""
    (tmp_path / "closed").mkdir()
    (tmp_path / "coverage.json").write_bytes((REPORTS / "coverage.json").read_bytes())
    listed, opened = os.scandir, Path.open

    def scandir(path: str) -> Any:  # noqa: ANN401
        if Path(path).name == "closed":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return listed(path)

    def open_(path: Path, *how: Any, **more: Any) -> Any:  # noqa: ANN401
        if path.name == "closed":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return opened(path, *how, **more)

    monkeypatch.setattr(os, "scandir", scandir)
    monkeypatch.setattr(Path, "open", open_)
    assert problems(tmp_path, tmp_path) == [("Permission denied", "closed")]
    assert [one.name for one in read_reports(tmp_path, [tmp_path]).measures][:1] == ["coverage/line"]


def test_what_the_gates_wrote_beside_the_reports_is_not_judged_the_next_time(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)
    (root / "out").mkdir()
    (root / "out/coverage.json").write_bytes((REPORTS / "coverage.json").read_bytes())
    (root / "sluice.toml").write_text(LOOSE + '[gate."test/failed"]\nfail = "> 0"\n')
    written = [f"--write={form}=out/gates.{form}" for form in ("json", "sarif", "junit", "markdown", "text")]
    arguments = ["out", *written, "--keep=out/measures.jsonl"]
    for _ in range(2):
        done = CliRunner().invoke(command, arguments, standalone_mode=False)
        assert (done.return_value, "test/failed   " in done.output) == (1, True), done.output
    assert CliRunner().invoke(command, ["out"], standalone_mode=False).return_value == 2


def test_severities_that_the_tool_does_not_tell_are_taken_from_advisories(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)
    (root / "advisories").mkdir()
    (root / "sluice.toml").write_text('[gate."vulnerability/*"]\nfail = ">= HIGH"\n')

    def code(report: str, *options: str) -> object:
        return CliRunner().invoke(command, [str(THRESHOLDS / report), *options], standalone_mode=False).return_value

    assert code("pip-audit-rated.json") == 2
    for record in ADVISORIES.glob("PYSEC-2023-*.yaml"):
        shutil.copy(record, root / "advisories")
    assert code("pip-audit-rated.json", "--advisories", "advisories") == 2
    assert code("pip-audit-rated.json", "--advisories", str(ADVISORIES)) == 1
    assert code("pip-audit-medium.json", "--advisories", "advisories") == 0


def test_advisories_that_are_none_are_an_error(root: Path) -> None:
    with pytest.raises(NotCheckedError, match="there are no advisories in"):
        judge_reports(root, GateOptions(reports=(), advisories=root), TODAY, {})


def test_the_command_prints_one_format_and_writes_others(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    arguments = [str(REPORTS / "coverage.json"), "--format", "json", "--write", "sarif=out/gates.sarif"]
    done = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert (done.return_value, json.loads(done.output)["verdict"]) == (1, "fail")
    assert len(json.loads((root / "out/gates.sarif").read_text())["runs"][0]["results"]) == 1


@pytest.mark.parametrize("option", ["--write=json=taken/gates.json", "--keep=taken/measures.jsonl", "--record"])
def test_what_cannot_be_kept_hides_no_verdict(root: Path, monkeypatch: pytest.MonkeyPatch, option: str) -> None:
    monkeypatch.chdir(root)
    (root / "taken").touch()
    done = CliRunner().invoke(command, [str(REPORTS / "coverage.json"), option], standalone_mode=False)
    assert isinstance(done.exception, UsageError)
    assert done.output.startswith("gates: fail, 1 failed\n")


@pytest.mark.needs_git
def test_a_tree_with_changes_is_judged_and_written_about_though_it_is_not_recorded(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)
    git(root, "init", "--quiet")
    git(root, "add", "sluice.toml")
    git(root, "commit", "--quiet", "--message", "First")
    (root / "sluice.toml").write_text(STRICT + "\n")
    arguments = [str(REPORTS / "coverage.json"), "--record", "--write=json=out/gates.json"]
    done = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert "working tree has changes" in str(done.exception)
    assert json.loads((root / "out/gates.json").read_text())["verdict"] == "fail"


def test_a_format_that_is_none_is_bad_usage(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    assert CliRunner().invoke(command, ["--write", "pdf=x"]).exit_code == 2


def test_a_repository_without_a_policy_is_told_to_write_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"No sluice\.toml"):
        load_policy(tmp_path, None)


@pytest.mark.slow
@pytest.mark.needs_git
def test_the_nearest_ancestor_with_data_is_the_baseline(root: Path) -> None:
    (root / "sluice.toml").write_text('[gate."coverage/line"]\nfail = "< -5pp"\n')
    (root / ".gitignore").write_text("home\n")
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", ".")
    report = root / "home/coverage.json"
    report.parent.mkdir()

    def at_commit(message: str, share: float, *, record: bool) -> Report:
        git(root, "commit", "--quiet", "--allow-empty", "--message", message)
        report.write_text(f'{{"measure": "coverage/line", "value": {share}, "unit": "%"}}\n')
        return judge_reports(root, GateOptions(reports=(report,), record=record), TODAY, {})

    first = at_commit("First", 80, record=True)
    assert first.rows[0].reason == "new: no baseline has it"
    recorded = git(root, "rev-parse", "--short=7", "HEAD")
    second = at_commit("Second", 78, record=False)
    assert (second.rows[0].origin, second.exit_code) == (f"merge base {recorded}", 0)
    third = at_commit("Third", 74, record=False)
    assert (third.rows[0].origin, third.exit_code) == (f"1 commit before the merge base {recorded}", 1)
    git(root, "checkout", "--quiet", "-b", "change")
    assert at_commit("Fourth", 79, record=True).rows[0].origin == f"2 commits before the merge base {recorded}"
    assert at_commit("Fifth", 79, record=False).rows[0].origin == f"2 commits before the merge base {recorded}"


@pytest.mark.needs_git
def test_measures_of_a_changed_tree_are_not_recorded(root: Path) -> None:
    git(root, "init", "--quiet")
    git(root, "add", "sluice.toml")
    git(root, "commit", "--quiet", "--message", "First")
    (root / "sluice.toml").write_text(LOOSE)
    with pytest.raises(UsageError, match="working tree has changes"):
        judge_reports(root, GateOptions(reports=(), record=True), TODAY, {})
