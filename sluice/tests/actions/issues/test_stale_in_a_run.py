"""actions/stale in a run, against the issues of the run's stand-in."""

from __future__ import annotations

import pytest
from running import Ran, Run

pytestmark = [pytest.mark.needs_git, pytest.mark.slow]

TEXT = """on: push
permissions: {issues: write, pull-requests: write}
jobs:
  job:
    runs-on: ubuntu-latest
    env: {GITHUB_TOKEN: "${{ github.token }}"}
    steps:
      - run: |
          at="$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/issues"
          for labels in '"one"' '"two", "labels": ["keep"]' '"three", "labels": ["Stale"]'; do
            curl -sSf -H "Authorization: Bearer $GITHUB_TOKEN" -d '{"title": '"$labels"'}' "$at"
          done
          sleep 2
      - id: s
        uses: actions/stale@v9
        with: {days-before-stale: 0, days-before-close: 0, stale-issue-message: old, exempt-issue-labels: keep, INPUTS}
      - run: |
          echo ">${{ join(fromJSON(steps.s.outputs.staled-issues-prs).*.title) }}"
          echo ">${{ join(fromJSON(steps.s.outputs.closed-issues-prs).*.title) }}"
"""


def told(ran: Ran) -> list[str]:
    effects = (f"{one.kind} {one.target.removeprefix('local/repository ')}" for one in ran.state.effects())
    return [one for one in effects if not one.startswith("issue ")]


def test_what_is_old_is_marked_and_what_was_marked_is_closed(run: Run) -> None:
    ran = run(TEXT.replace("INPUTS", "close-issue-message: over"))
    assert ran.code == 0, "\n".join(ran.log("job"))
    assert ran.said("job") == ["one", "three"]
    assert told(ran) == ["comment #3", "issue-edit #3", "comment #1", "labels #1"]
    assert any("A rehearsal knows no issues of GitHub's: 3" in one.message for one in ran.job("job").annotations)


def test_it_only_looks_when_it_is_to_debug(run: Run) -> None:
    ran = run(TEXT.replace("INPUTS", "debug-only: true"))
    assert ran.said("job") == ["one", "three"]
    assert told(ran) == []


def test_operations_come_to_an_end(run: Run) -> None:
    ran = run(TEXT.replace("INPUTS", "operations-per-run: 1"))
    assert told(ran) == ["issue-edit #3"]
    assert any("No more operations left" in one.message for one in ran.job("job").annotations)


def test_what_can_not_be_meant_fails(run: Run) -> None:
    ran = run(TEXT.replace("INPUTS", "start-date: yesterday"))
    assert ran.results() == {"job": "failure"}
    assert "start-date is a date of ISO 8601 or RFC 2822" in ran.job("job").steps["2"].reason
