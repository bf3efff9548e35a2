"""``actions/gate`` as GitHub's runner starts it: its script, with a job's files, without Sluice's engine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from comments import TOKEN, Comments, serve_comments

pytestmark = [pytest.mark.needs_git, pytest.mark.slow]
ACTION = Path(__file__).parents[3] / "actions/gate"
POLICY = '[gate."size/*"]\nfail = "> 10 MB"\nwarn = ">= 5 MB"\n'


@dataclass
class Job:
    """A job's workspace and the files that GitHub gives to a step."""

    root: Path
    environment: dict[str, str]

    def file(self, name: str) -> str:
        return Path(self.environment[name]).read_text(encoding="utf-8")

    def outputs(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.file("GITHUB_OUTPUT").splitlines())

    def gate(self, megabytes: float, **given: str) -> subprocess.CompletedProcess[str]:
        line = {"measure": "size/image", "value": megabytes, "unit": "MB"}
        (self.root / "out/report one.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
        return self.judge(**given)

    def judge(self, **given: str) -> subprocess.CompletedProcess[str]:
        for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
            Path(self.environment[name]).write_text("", encoding="utf-8")
        words = ["bash", str(ACTION / "gate.sh")]
        environment = {**self.environment, **given}
        return subprocess.run(words, cwd=self.root, env=environment, capture_output=True, text=True, check=False)


def git(root: Path, *words: str) -> str:
    name = ("-c", "user.name=A", "-c", "user.email=a@b.c")
    return subprocess.check_output(["git", *name, *words], cwd=root, text=True, stderr=subprocess.DEVNULL).strip()


@pytest.fixture
def job(repository: Path, tmp_path: Path) -> Job:
    (repository / "sluice.toml").write_text(POLICY, encoding="utf-8")
    (repository / ".gitignore").write_text("out\n.sluice-history\n", encoding="utf-8")
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "-m", "Gates")
    (repository / "out").mkdir()
    inputs = (
        "ADVISORIES",
        "ONLY",
        "BASE",
        "MERGE_BASE",
        "RELEASE",
        "POLICY_COMMIT",
        "COMMENT",
        "SLUICE_COMMENT_TOKEN",
        "RECORD",
    )
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        **dict.fromkeys((*inputs, "BASE_COMMIT"), ""),
        "REPORTS": "  out/*.jsonl\n\n",
        "NAME": "gates",
        "OUT": "out/gates",
        "PLACE": str(ACTION),
        "SLUICE": str(Path(sys.executable).with_name("sluice")),
        "GITHUB_ACTIONS": "true",
        "GITHUB_REPOSITORY": "owner/name",
        "GITHUB_OUTPUT": str(tmp_path / "outputs"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
    }
    return Job(repository, environment)


@pytest.mark.parametrize(("megabytes", "code", "word"), [(4, 0, "pass"), (7, 0, "warn"), (12, 1, "fail")])
def test_the_step_ends_as_the_gates_say_and_tells_it_everywhere(
    job: Job, megabytes: float, code: int, word: str
) -> None:
    done = job.gate(megabytes)
    assert done.returncode == code, done.stderr
    assert f"| {word} | size/image |" in job.file("GITHUB_STEP_SUMMARY")
    outputs = job.outputs()
    assert outputs["exit-code"] == str(code)
    assert outputs["measured"] == "true"
    assert {Path(outputs[form]).suffix for form in ("json", "junit", "sarif")} == {".json", ".xml", ".sarif"}
    assert all((job.root / outputs[form]).is_file() for form in ("json", "junit", "sarif"))
    assert ("::error " in done.stdout, "::warning " in done.stdout) == (word == "fail", word == "warn")


def test_some_gates_alone_are_judged(job: Job) -> None:
    policy = POLICY + '[gate."coverage/*"]\nfail = "< 5%"\n'
    (job.root / "sluice.toml").write_text(policy, encoding="utf-8")
    assert job.gate(4).returncode == 1
    assert job.gate(4, ONLY="\n  size/*\n").returncode == 0
    assert job.gate(12, ONLY="size/*").returncode == 1
    assert job.gate(4, ONLY="coverage/*").returncode == 1
    assert job.gate(4, ONLY="$(touch out/stolen)").returncode == 2
    assert not (job.root / "out/stolen").exists()


def test_a_report_that_is_missing_can_not_be_judged(job: Job) -> None:
    done = job.judge()
    assert (done.returncode, job.outputs()["exit-code"], job.outputs()["measured"]) == (2, "2", "false")
    assert "::error title=gates could not judge::" in done.stdout


def test_inputs_are_no_commands(job: Job) -> None:
    done = job.gate(4, REPORTS="$(touch out/stolen)\n`touch out/stolen`\n; touch out/stolen\n", NAME="$(touch x)")
    assert done.returncode == 2
    assert not (job.root / "out/stolen").exists()


def test_a_pull_request_is_judged_by_the_gates_of_its_base_and_told_in_one_comment(
    job: Job, tmp_path: Path, github: Comments
) -> None:
    base = git(job.root, "rev-parse", "HEAD")
    (job.root / "sluice.toml").write_text(POLICY.replace("10 MB", "1 TB"), encoding="utf-8")
    git(job.root, "commit", "--quiet", "-am", "Loosened")
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7, "base": {"sha": base}}}), encoding="utf-8")
    given = {
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_API_URL": github.url,
        "BASE_COMMIT": base,
        "COMMENT": "true",
        "SLUICE_COMMENT_TOKEN": TOKEN,
    }
    assert job.gate(12, **given).returncode == 1
    assert job.gate(4, **given).returncode == 0
    assert [method for method, _ in github.requests] == ["GET", "POST", "GET", "PATCH"]
    assert github.found[0]["body"].startswith("<!-- sluice-gates gates -->\n### ✅")
    assert job.gate(4, **{**given, "SLUICE_COMMENT_TOKEN": ""}).returncode == 0
    assert len(github.requests) == 4


def test_the_base_commit_is_fetched_when_the_clone_is_shallow(job: Job, tmp_path: Path) -> None:
    base = git(job.root, "rev-parse", "HEAD")
    (job.root / "sluice.toml").write_text(POLICY.replace("10 MB", "1 TB"), encoding="utf-8")
    git(job.root, "commit", "--quiet", "-am", "Loosened")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{job.root}", str(clone))
    (clone / "out").mkdir()
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7, "base": {"sha": base}}}), encoding="utf-8")
    given = {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(event), "BASE_COMMIT": base}
    assert Job(clone, job.environment).gate(12, **given).returncode == 1


def test_the_history_of_pushes_is_the_baseline_of_the_next(job: Job) -> None:
    policy = '[gates]\nbaseline = ["merge-base"]\n[gate."size/*"]\nfail = "> +1 MB"\n'
    (job.root / "sluice.toml").write_text(policy, encoding="utf-8")
    git(job.root, "commit", "--quiet", "-am", "Relative")
    assert job.gate(4, RECORD="true").returncode == 0
    assert job.outputs()["recorded"] == "true"
    git(job.root, "commit", "--quiet", "--allow-empty", "-m", "Next")
    assert job.gate(5).returncode == 0
    assert job.gate(5.5).returncode == 1


@pytest.fixture
def github() -> Iterator[Comments]:
    with serve_comments() as comments:
        yield comments
