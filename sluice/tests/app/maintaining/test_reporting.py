"""The command as a person calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commanding import sluice
from projects import commit
from running import Run

from sluice.app.maintaining.registry import TASKS

pytestmark = pytest.mark.slow
WORKFLOW = """\
name: CI
on: push
permissions: { contents: read }
jobs:
  test: { runs-on: ubuntu-latest, steps: [{ run: exit 0 }] }
"""
DRILL = """
[maintain]
public = ["src/**"]
free-percent = 0
[environment.preview.process]
start = "python3 -m http.server --bind 127.0.0.1 $PORT_WEB"
ports = { web = 18889 }
[environment.preview]
watch = 0.1
[environment.preview.health]
url = "http://127.0.0.1:$PORT_WEB/"
[maintain.recovery.preview]
environment = "preview"
"""


def maintain(*words: str, code: int) -> str:
    done = sluice("maintain", *words)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_each_period_is_green_where_all_is_well_and_red_where_it_is_not(
    run: Run, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    (repository / "sluice.toml").write_text(DRILL, encoding="utf-8")
    run(WORKFLOW)
    commit(repository)
    assert "nothing needs you" in maintain("weekly", code=0)
    assert "nothing needs you" in maintain("monthly", "--skip", "security", code=0)
    said = maintain("quarterly", code=2)
    assert "preview: preview deployed from nothing: " in said
    assert "nothing was deployed since" in said
    assert "nothing needs you" in maintain("quarterly", "--skip", "industry", code=0)
    run(WORKFLOW.replace("exit 0", "exit 1"))
    (repository / "sluice.toml").write_text(DRILL.replace("http.server", "http.servant"), encoding="utf-8")
    commit(repository)
    assert "CI: test › " in maintain("weekly", code=1)
    assert "can't be deployed from nothing" in maintain("monthly", "--only", "recovery", code=1)
    found = json.loads(maintain("quarterly", "--only", "recovery", "--json", code=1))
    assert found["sections"][0]["standing"] == "needs you"
    assert "- [ ] preview: " in maintain("quarterly", "--only", "recovery", "--markdown", code=1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["yearly"], "'yearly' is not one of"),
        (["weekly", "--only", "recovery"], "'recovery' is no task of maintain weekly"),
        (["weekly", "--json", "--markdown"], "two forms"),
    ],
)
def test_what_can_not_be_asked(words: list[str], said: str, repository: Path) -> None:
    assert repository.is_dir()
    assert said in maintain(*words, code=2)


def test_a_wrong_policy_is_an_error_of_the_whole(repository: Path) -> None:
    (repository / "sluice.toml").write_text("[maintain]\nkeep = 3\n", encoding="utf-8")
    assert "'keep' is no key of [maintain]" in maintain("weekly", code=2)


def test_names_of_tasks_are_theirs_alone() -> None:
    for tasks in TASKS.values():
        assert len({task.name for task in tasks}) == len(tasks)
