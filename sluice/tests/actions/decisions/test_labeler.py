"""actions/labeler: its rules, and labels of a pull request in a run."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from running import Ran, Run

from sluice.actions.builtin.decisions.label_rules import LabelRulesError, Pull, labels_for, read_rules

PULL = Pull(base="main", head="feature/x", files=["docs/a.md", "src/b.py"])


@pytest.mark.parametrize(
    ("options", "holds"),
    [
        ("[{changed-files: [{any-glob-to-any-file: 'docs/**'}]}]", True),
        ("[{changed-files: [{any-glob-to-all-files: 'docs/**'}]}]", False),
        ("[{changed-files: [{any-glob-to-all-files: '**'}]}]", True),
        ("[{changed-files: [{all-globs-to-any-file: ['src/**', '**/*.md']}]}]", False),
        ("[{changed-files: [{all-globs-to-any-file: ['docs/**', '!docs/x.md']}]}]", True),
        ("[{changed-files: [{all-globs-to-all-files: ['**', '!docs/**']}]}]", False),
        ("[{head-branch: '^feature'}]", True),
        ("[{base-branch: ['^release', '^fix']}]", False),
        ("[{base-branch: nothing}, {head-branch: feature}]", True),
        ("[{all: [{base-branch: main}, {head-branch: other}]}]", False),
        ("[{any: [{base-branch: nothing}, {head-branch: x}]}, {all: [{base-branch: main}]}]", True),
        ("[{any: [{base-branch: main}]}, {head-branch: other}]", False),
    ],
)
def test_conditions_hold_or_do_not(options: str, holds: bool) -> None:
    assert labels_for(read_rules(f"label: {options}"), PULL) == (["label"] if holds else [])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a", "a mapping of labels"),
        ("a: ['docs/**']", "'docs/\\*\\*' under 'a' is no condition"),
        ("a: docs", "found unexpected type for label 'a'"),
        ("a: [{branch: x}]", "'branch' under 'a' is no condition"),
        ("a: [{changed-files: [{every-glob: x}]}]", "is none of any-glob-to-any-file"),
        ("a: [{head-branch: '('}]", "is no regular expression"),
        ("a: [", "it is no YAML"),
    ],
)
def test_what_can_not_be_meant_is_told(text: str, said: str) -> None:
    with pytest.raises(LabelRulesError, match=said):
        read_rules(text)


TEXT = """on: [push, pull_request]
permissions: {contents: read, pull-requests: write, issues: write}
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - {id: l, uses: actions/labeler@v5, with: {INPUTS}}
      - run: echo ">${{ steps.l.outputs.new-labels }} ${{ steps.l.outputs.all-labels }}"
"""
RULES = """documentation: [{changed-files: [{any-glob-to-any-file: 'docs/**'}]}]
code: [{changed-files: [{any-glob-to-any-file: 'src/**'}]}]
"""


def git(repository: Path, *arguments: str) -> None:
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@b.c", *arguments]
    subprocess.run(command, cwd=repository, check=True, capture_output=True)


@pytest.fixture
def branch(repository: Path) -> Path:
    """A branch that changes the documentation alone."""
    (repository / ".github/labeler.yml").write_text(RULES, encoding="utf-8")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "Label")
    git(repository, "checkout", "-qb", "topic")
    (repository / "docs").mkdir()
    (repository / "docs/a.md").write_text("a", encoding="utf-8")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "Document")
    return repository


def told(ran: Ran) -> list[tuple[str, str]]:
    return [(one.kind, one.request.partition("{")[2]) for one in ran.state.effects()]


@pytest.mark.slow
@pytest.mark.needs_git
def test_a_pull_request_gets_the_labels_of_its_files(run: Run, branch: Path) -> None:
    assert branch.is_dir()
    ran = run(TEXT.replace("INPUTS", "dot: true"), event="pull_request", base="main", labels=("kept", "code"))
    assert ran.code == 0, "\n".join(ran.log("job"))
    assert ran.said("job") == ["documentation kept,code,documentation"]
    assert told(ran) == [("labels", '"labels": ["documentation"]}')]
    synced = run(
        TEXT.replace("INPUTS", "sync-labels: true"), event="pull_request", base="main", labels=("kept", "code")
    )
    assert synced.said("job") == ["documentation kept,documentation"]
    assert len(told(synced)) == 2


@pytest.mark.slow
@pytest.mark.needs_git
@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ("configuration-path: gone.yml", "The configuration file gone.yml isn't there"),
        ("configuration-path: docs/a.md", "docs/a.md can't be read: it is a mapping of labels"),
        ("pr-number: 7777", "can be labelled, not 7777"),
    ],
)
def test_what_is_wrong_fails_the_step(run: Run, branch: Path, inputs: str, said: str) -> None:
    assert branch.is_dir()
    ran = run(TEXT.replace("INPUTS", inputs), event="pull_request", base="main")
    assert ran.results() == {"job": "failure"}
    assert said in ran.job("job").steps["1"].reason
    assert told(ran) == []


@pytest.mark.slow
@pytest.mark.needs_git
def test_a_push_has_no_pull_request(run: Run, branch: Path) -> None:
    assert branch.is_dir()
    ran = run(TEXT.replace("INPUTS", "dot: true"), event="push")
    assert ran.code == 0
    assert any("Could not get pull request number" in one.message for one in ran.job("job").annotations)
