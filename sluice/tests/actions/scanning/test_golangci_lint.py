"""``golangci/golangci-lint-action`` in runs: which program it takes, what it asks of it, how it ends."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from running import Run

pytestmark = pytest.mark.slow

TEXT = """on: [push, pull_request]
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: echo "$PWD/programs" >> "$GITHUB_PATH"
      - {uses: golangci/golangci-lint-action@v9, with: {INPUTS}}
"""
LISTENER = """#!/bin/sh
[ "$1" = --version ] && { echo "golangci-lint has version VERSION built with go1.24"; exit; }
echo ">$(basename "$PWD") $*"
for word; do case $word in --new-from-patch=*) grep '^+[^+]' "${word#*=}" | sed 's/^/>/' ;; esac; done
echo 'x.go:3:1: unused is unused (unused)'
exit CODE
"""
BROKEN = 'package x\n\nimport "fmt"\n\nfunc F() {\n\tfmt.Errorf("lost")\n}\n'


@pytest.fixture
def project(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GOPROXY", "off")
    (repository / "programs").mkdir()
    (repository / "inner").mkdir()
    (repository / "go.mod").write_text("module x\n\ngo 1.22\n", encoding="utf-8")
    (repository / "x.go").write_text("package x\n", encoding="utf-8")
    return repository


def put(project: Path, version: str = "2.3.1", code: int = 0) -> None:
    """A program that tells how it was called."""
    program = project / "programs/golangci-lint"
    program.write_text(LISTENER.replace("VERSION", version).replace("CODE", str(code)), encoding="utf-8")
    program.chmod(0o755)


def reason(ran: object) -> str:
    steps = ran.job("job").steps  # type: ignore[attr-defined]
    return steps["3"].reason or ""


def test_the_jobs_own_is_taken_and_its_arguments_are_a_shells(run: Run, project: Path) -> None:
    put(project)
    ran = run(TEXT.replace("INPUTS", "args: --timeout=5m  './...', problem-matchers: true"))
    assert ran.said("job") == ["repository run --timeout=5m ./..."], "\n".join(ran.log("job"))
    assert [(note.file, note.line, note.message) for note in ran.job("job").annotations if note.level == "error"] == [
        ("x.go", 3, "unused is unused (unused)")
    ]
    assert run(TEXT.replace("INPUTS", "install-only: true, version: v2.3")).said("job") == []


def test_issues_fail_the_step_and_so_does_its_end(run: Run, project: Path) -> None:
    put(project, code=1)
    assert reason(run(TEXT.replace("INPUTS", ""))) == "issues found"
    put(project, code=3)
    assert reason(run(TEXT.replace("INPUTS", ""))) == "golangci-lint exit with code 3"


@pytest.mark.parametrize(("version", "added"), [("2.3.1", "--path-mode=abs"), ("1.64.8", "--path-prefix=inner")])
def test_a_working_directory_is_told_as_the_version_wants_it(run: Run, project: Path, version: str, added: str) -> None:
    put(project, version)
    (project / "inner/go.mod").write_text("module y\n", encoding="utf-8")
    assert run(TEXT.replace("INPUTS", "working-directory: inner")).said("job") == [f"inner run {added}"]
    assert "was not a path" in reason(run(TEXT.replace("INPUTS", "working-directory: no")))


def test_only_what_a_pull_request_changes_is_looked_at(run: Run, project: Path) -> None:
    put(project)
    subprocess.run(["git", "checkout", "-qb", "topic"], cwd=project, check=True)
    (project / "x.go").write_text("package x // new\n", encoding="utf-8")
    text = TEXT.replace("INPUTS", "only-new-issues: true")
    called, *changed = run(text, event="pull_request").said("job")
    assert "--new-from-patch=" in called
    assert called.endswith("--new=false --new-from-rev= --new-from-merge-base=")
    assert "+package x // new" in changed
    told = reason(run(TEXT.replace("INPUTS", "only-new-issues: true, args: --new-from-rev=HEAD~1")))
    assert "don't specify manually --new* args" in told


@pytest.mark.parametrize(
    ("inputs", "result", "said"),
    [
        ("version: v1.2.3, install-mode: none", "success", ""),
        ("version: 1.x", "failure", "invalid version string '1.x'"),
        ("install-mode: magic", "failure", "it is 'magic'"),
        ("version-file: .tool-versions", "skipped", "golangci-lint 9.9.9 is not on this machine"),
    ],
)
def test_versions_that_are_asked_for(run: Run, project: Path, inputs: str, result: str, said: str) -> None:
    put(project)
    (project / ".tool-versions").write_text("golang 1.24\ngolangci-lint 9.9.9\n", encoding="utf-8")
    ran = run(TEXT.replace("INPUTS", inputs))
    assert ran.results() == {"job": result}
    assert said in reason(ran)


def test_what_it_caches_is_there_again(run: Run, project: Path) -> None:
    put(project)
    program = project / "programs/golangci-lint"
    mark = (
        "mkdir -p ~/.cache/golangci-lint; cat ~/.cache/golangci-lint/x; echo '>kept' > ~/.cache/golangci-lint/x\nexit"
    )
    program.write_text(program.read_text(encoding="utf-8").replace("exit 0", f"{mark} 0"), encoding="utf-8")
    assert run(TEXT.replace("INPUTS", "")).said("job") == ["repository run"]
    assert run(TEXT.replace("INPUTS", "")).said("job") == ["repository run", "kept"]
    assert run(TEXT.replace("INPUTS", "skip-cache: true")).said("job") == ["repository run"]


@pytest.mark.skipif(shutil.which("golangci-lint") is None, reason="golangci-lint is not installed")
def test_the_real_one_passes_and_finds(run: Run, project: Path) -> None:
    (project / "x.go").write_text("package x\n", encoding="utf-8")
    assert subprocess.run(["golangci-lint", "--version"], check=False).returncode == 0
    good = run(TEXT.replace("INPUTS", ""))
    assert good.code == 0, "\n".join(good.log("job"))
    (project / "x.go").write_text(BROKEN, encoding="utf-8")
    bad = run(TEXT.replace("INPUTS", ""))
    assert reason(bad) == "issues found"
    assert any("x.go:6" in line for line in bad.log("job"))
