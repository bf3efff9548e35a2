"""A whole pipeline rehearsed for a stable tag, a pre-release tag, a push to develop and a pull request: exactly what
each would do to the outside.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from running import Run

pytestmark = [pytest.mark.needs_git, pytest.mark.slow]
WORKFLOW = """name: CI/CD Pipeline
on:
  push: {branches: [main, develop], tags: ["v*"]}
  pull_request: {branches: [main]}
  workflow_dispatch:
    inputs: {enable_benchmark: {type: boolean, default: false}}
permissions: {contents: read}
jobs:
  test:
    runs-on: ubuntu-latest
    permissions: {checks: write, pull-requests: write}
    env: {TOKEN: "${{ github.token }}"}
    steps:
      - if: github.event_name == 'pull_request'
        env: {NUMBER: "${{ github.event.number }}"}
        run: |
          curl -sSf -o /dev/null -H "Authorization: Bearer $TOKEN" -d '{"body": "Good."}' \\
            "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments"
      - run: |
          curl -sSf -o /dev/null -H "Authorization: Bearer $TOKEN" \\
            "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/check-runs" \\
            -d "{\\"name\\": \\"tests\\", \\"head_sha\\": \\"$GITHUB_SHA\\", \\"conclusion\\": \\"success\\"}"
  benchmark:
    if: inputs.enable_benchmark
    runs-on: ubuntu-latest
    steps: [{run: 'echo ">measured"'}]
  release:
    needs: test
    if: startsWith(github.ref, 'refs/tags/v')
    runs-on: ubuntu-latest
    permissions: {contents: write}
    steps:
      - run: mkdir dist; echo wheel > dist/app.whl
      - uses: softprops/action-gh-release@v2
        with:
          files: dist/*
          prerelease: ${{ contains(github.ref_name, '-') }}
          make_latest: ${{ !contains(github.ref_name, '-') }}
  deploy:
    needs: test
    if: >-
      github.event_name == 'push' && (github.ref_name == 'develop' || startsWith(github.ref, 'refs/tags/v')
      && !contains(github.ref_name, '-'))
    runs-on: ubuntu-latest
    permissions: {deployments: write}
    env:
      TOKEN: ${{ github.token }}
      PLACE: ${{ github.ref_name == 'develop' && 'staging' || 'production' }}
    steps:
      - run: |
          curl -sSf -o /dev/null -H "Authorization: Bearer $TOKEN" \\
            "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/deployments" \\
            -d "{\\"ref\\": \\"$GITHUB_SHA\\", \\"environment\\": \\"$PLACE\\", \\"required_contexts\\": []}"
"""
CHECK, PRODUCTION = "check tests", "deployment production"
CASES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "stable": (
        {"event": "push", "ref": "refs/tags/v1.2.3"},
        [CHECK, PRODUCTION, "asset v1.2.3 app.whl", "release v1.2.3"],
    ),
    "pre-release": (
        {"event": "push", "ref": "refs/tags/v1.2.3-rc.1"},
        [CHECK, "asset v1.2.3-rc.1 app.whl", "release v1.2.3-rc.1"],
    ),
    "develop": ({"event": "push", "ref": "refs/heads/develop"}, [CHECK, "deployment staging"]),
    "pull request": ({"event": "pull_request"}, [CHECK, "comment #1"]),
    "by hand": ({"event": "workflow_dispatch", "inputs": {"enable_benchmark": "true"}}, [CHECK]),
}


@pytest.mark.parametrize("case", CASES)
def test_exactly_these_effects(case: str, run: Run, repository: Path) -> None:
    options, wanted = CASES[case]
    ran = run(WORKFLOW, **options)
    assert ran.code == 0, "\n".join(line for job in ran.state.jobs for line in ran.log(job))
    told = [f"{one.kind} {one.target.removeprefix('local/repository ')}" for one in ran.state.effects()]
    assert sorted(told) == sorted(wanted)
    assert all(one.rehearsed for one in ran.state.effects())
    assert repository.is_dir()
    flags = [one.request for one in ran.state.effects() if one.kind == "release"]
    assert all(f'"prerelease": {str(case == "pre-release").lower()}' in request for request in flags)
    assert ("benchmark" in ran.results() and ran.results()["benchmark"] == "success") == (case == "by hand")
