"""peter-evans/create-pull-request in a run: a branch that is pushed to the stand-in, and a pull request there."""

from __future__ import annotations

import pytest
from running import Ran, Run

pytestmark = [pytest.mark.needs_git, pytest.mark.slow]

HEAD = """on: push
permissions: {contents: write, pull-requests: write, issues: write}
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - {uses: actions/checkout@v4}
"""
MAKE = """      - run: SCRIPT
      - id: p
        uses: peter-evans/create-pull-request@v7
        with: {title: Newer, branch: newer, labels: "one, two", INPUTS}
"""
SHOW = """      - run: |
          echo ">${{ steps.p.outputs.pull-request-operation }} ${{ steps.p.outputs.pull-request-number }}"
          echo ">$(git status --porcelain | xargs) $(git branch --show-current)"
"""


def text(script: str, inputs: str = "body: b") -> str:
    return MAKE.replace("SCRIPT", script).replace("INPUTS", inputs)


def told(ran: Ran) -> list[str]:
    return [f"{one.kind} {one.target.removeprefix('local/repository ')}" for one in ran.state.effects()]


def test_changes_become_a_branch_and_a_pull_request(run: Run) -> None:
    look = """      - run: |
          git fetch -q origin newer && echo ">$(git show --format='%an %s' --name-only FETCH_HEAD | xargs)"
          curl -sSf "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/pulls/${{ steps.p.outputs.pull-request-number }}" > pull
          echo ">$(jq -r '[.title, .head.ref, .base.ref, (.labels | map(.name) | join(","))] | join(" ")' pull)"
"""
    ran = run(HEAD + text("echo new > new.txt", 'author: "A B <a@b.c>"') + SHOW + look)
    assert ran.code == 0, "\n".join(ran.log("job"))
    assert ran.said("job")[:3] == ["created 1", "main", "A B [create-pull-request] automated change new.txt"]
    assert ran.said("job")[3] == "Newer newer main one,two"
    assert told(ran)[:2] == ["push refs/heads/newer", "pull-request newer to main: Newer"]
    assert "labels" in " ".join(told(ran))


def test_without_changes_there_is_nothing_to_ask_for(run: Run) -> None:
    ran = run(HEAD + text("'true'") + SHOW)
    assert ran.said("job") == ["none", "main"]
    assert told(ran) == []


def test_a_second_time_it_is_updated_or_left(run: Run) -> None:
    ran = run(HEAD + text("echo new > new.txt") + text("echo newer > new.txt").replace("id: p", "id: q") + SHOW)
    assert ran.code == 0, "\n".join(ran.log("job"))
    assert told(ran).count("pull-request newer to main: Newer") == 1
    assert told(ran).count("push refs/heads/newer") == 2
    again = run(HEAD + text("echo new > new.txt") + text("echo new > new.txt").replace("id: p", "id: q") + SHOW)
    assert told(again).count("push refs/heads/newer") == 1


def test_only_the_paths_that_are_named_go_the_others_stay(run: Run) -> None:
    ran = run(HEAD + text("echo 1 > a.txt; echo 2 > b.txt", "add-paths: a.txt") + SHOW)
    assert ran.said("job") == ["created 1", "?? b.txt main"], "\n".join(ran.log("job"))


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ("base: newer", "must be different branches"),
        ("branch-suffix: day", "Branch suffix 'day' is not a valid value"),
        ("author: nobody", "The format of 'nobody' is not a valid email address with display name"),
    ],
)
def test_what_the_real_one_refuses_fails_the_step(run: Run, inputs: str, said: str) -> None:
    ran = run(HEAD + text("echo new > new.txt", inputs))
    assert said in ran.job("job").steps["3"].reason
    assert told(ran) == []


def test_a_token_that_may_not_is_refused(run: Run) -> None:
    ran = run(HEAD.replace("pull-requests: write, ", "") + text("echo new > new.txt") + SHOW)
    assert ran.results() == {"job": "failure"}
    assert "403" in ran.job("job").steps["3"].reason
    assert not [one for one in told(ran) if one.startswith("pull-request")]
