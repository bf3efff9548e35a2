"""``pre-commit/action`` in runs: hooks that pass, hooks that fail, environments that are kept."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from running import Run

from sluice.actions.builtin import python_tools

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("uv_at_hand")]

SETTINGS = """repos:
  - repo: local
    hooks:
      - {id: no-tabs, name: No tabs, language: system, entry: "sh -c '! grep -n tab \\"$@\\"' --", files: txt$}
      - {id: other, name: Other, language: system, entry: "true", stages: [manual]}
"""
TEXT = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - {id: p, uses: pre-commit/action@v3.0.1, with: {INPUTS}}
"""


@pytest.fixture
def hooks(repository: Path) -> Path:
    (repository / ".pre-commit-config.yaml").write_text(SETTINGS, encoding="utf-8")
    (repository / "a.txt").write_text("blank\n", encoding="utf-8")
    for command in (["add", "-A"], ["-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "-qm", "Hooks"]):
        subprocess.run(["git", *command], cwd=repository, check=True)
    return repository


def test_hooks_pass_and_their_environments_are_kept(run: Run, hooks: Path) -> None:
    text = TEXT.replace("with: {INPUTS}", "")
    first = run(text)
    assert first.code == 0, "\n".join(first.log("job"))
    assert any("No tabs" in line and "Passed" in line for line in first.log("job"))
    assert [type(event).__name__ for event in run(text).job("job").caches] == ["CacheRestored"]
    (hooks / ".pre-commit-config.yaml").write_text(SETTINGS + "# changed\n", encoding="utf-8")
    assert [type(event).__name__ for event in run(text).job("job").caches] == ["CacheRestored", "CacheSaved"]


def test_a_hook_that_fails_fails_the_step(run: Run, hooks: Path) -> None:
    (hooks / "b.txt").write_text("a tab\n", encoding="utf-8")
    ran = run(TEXT.replace("INPUTS", "extra_args: no-tabs --all-files"))
    assert ran.code == 1
    assert "pre-commit ended with exit code 1" in (ran.job("job").steps["2"].reason or "")
    assert any("1:a tab" in line for line in ran.log("job"))
    assert run(TEXT.replace("INPUTS", "extra_args: --files a.txt")).code == 0
    manual = run(TEXT.replace("INPUTS", "extra_args: --hook-stage manual other --all-files"))
    assert any("Other" in line for line in manual.log("job"))


def test_it_goes_into_the_python_of_the_job(run: Run, hooks: Path) -> None:
    python = "      - {uses: actions/setup-python@v5, with: {python-version: '>=3.10'}}\n      - {id: p"
    ran = run(
        TEXT.replace("with: {INPUTS}", "").replace("      - {id: p", python) + "      - run: pre-commit --version\n"
    )
    assert hooks.is_dir()
    assert ran.code == 0, "\n".join(ran.log("job"))


def test_without_pre_commit_and_an_index_the_job_is_skipped(
    run: Run, hooks: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "home/cache/tools").unlink()
    assert hooks.is_dir()
    monkeypatch.setattr(python_tools, "find_interpreters", tuple)
    ran = run(TEXT.replace("with: {INPUTS}", ""))
    assert ran.results() == {"job": "skipped"}
    assert "'pre-commit' is not here, and no Python is to bring it" in (ran.job("job").steps["2"].reason or "")
