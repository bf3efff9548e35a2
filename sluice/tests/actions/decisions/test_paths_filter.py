"""``dorny/paths-filter`` in runs: pushes, pull requests, a base, and what it refuses."""

from __future__ import annotations

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
      CHECKOUT
      - id: f
        uses: dorny/paths-filter@v3
        with:
          list-files: shell
          MORE
          filters: |
            docs: ['docs/**']
            code:
              - added|modified: 'src/**'
            gone: [{deleted: '**'}]
      - run: echo '>${{ toJSON(steps.f.outputs) }}' | tr -d '\\n'
"""
CHECKOUT = "- {uses: actions/checkout@v4}"


def git(repository: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@b.c", *arguments]
    return subprocess.run(command, cwd=repository, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def branch(repository: Path) -> Path:
    """``main`` with two files; ``topic`` with another commit for each change, and none of ``docs``."""
    (repository / "src").mkdir()
    (repository / ".gitignore").write_text(".github\n", encoding="utf-8")
    for name in ("old.txt", "src/a.py"):
        (repository / name).write_text("1\n", encoding="utf-8")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "Base")
    git(repository, "checkout", "-q", "-b", "topic")
    (repository / "src/new file.py").write_text("1\n", encoding="utf-8")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "Add")
    git(repository, "rm", "-q", "old.txt")
    git(repository, "commit", "-qm", "Remove")
    return repository


def write(more: str = "", checkout: str = CHECKOUT) -> str:
    lines = [line for line in TEXT.splitlines() if line.strip() not in {"MORE", "CHECKOUT"} or more or checkout]
    return "\n".join(lines).replace("MORE", more or "base: ''").replace("CHECKOUT", checkout or "- run: 'true'") + "\n"


OF_THE_BRANCH = (
    '{  "docs": "false",  "docs_count": "0",  "docs_files": "",  "code": "true",  "code_count": "1",  '
    '"code_files": "src/new file.py",  "gone": "true",  "gone_count": "1",  "gone_files": "old.txt",  '
    '"changes": "[\\"code\\",\\"gone\\"]"}'
)


def test_a_pull_request_needs_no_checkout(branch: Path, run: Run) -> None:
    ran = run(write(checkout=""), event="pull_request")
    assert branch.is_dir()
    assert ran.said("job") == [OF_THE_BRANCH], ran.log("job")


def test_a_push_is_compared_with_a_base_that_a_shallow_checkout_lacks(branch: Path, run: Run) -> None:
    assert branch.is_dir()
    assert run(write("base: main"), event="push").said("job") == [OF_THE_BRANCH]


def test_a_push_of_the_base_is_compared_with_what_was_there_before(branch: Path, run: Run, tmp_path: Path) -> None:
    before = git(branch, "rev-parse", "HEAD~1")
    payload = tmp_path / "event.json"
    payload.write_text(f'{{"before": "{before}"}}', encoding="utf-8")
    ran = run(write("base: topic"), event="push", event_file=payload)
    assert '"changes": "[\\"gone\\"]"' in ran.said("job")[0]


def test_what_a_job_changed_itself(branch: Path, run: Run) -> None:
    assert branch.is_dir()
    made = f"{CHECKOUT}\n      - run: echo 2 > src/a.py"
    assert '"changes": "[\\"code\\"]"' in run(write("base: HEAD", made), event="push").said("job")[0]


@pytest.mark.parametrize(
    ("more", "checkout", "said"),
    [
        ("base: ''", "", "is no git repository: did the job run actions/checkout before?"),
        ("base: nowhere", CHECKOUT, "'nowhere' is no branch, tag or commit of the repository"),
        ("predicate-quantifier: most", CHECKOUT, "Valid values: every, some"),
    ],
)
def test_what_can_not_be_compared_fails_with_the_reason(
    branch: Path, run: Run, more: str, checkout: str, said: str
) -> None:
    assert branch.is_dir()
    ran = run(write(more, checkout), event="push")
    assert ran.results() == {"job": "failure"}
    assert said in ran.job("job").steps["2"].reason
