"""The actions that make releases, in a run: one release for a tag, its files, and what the run tells of them."""

from __future__ import annotations

import json

import pytest
from running import Ran, Run

pytestmark = [pytest.mark.needs_git, pytest.mark.slow]
TAG = {"event": "push", "ref": "refs/tags/v1.2.3"}

HEAD = """on: {push: {tags: ['v*'], branches: ['**']}}
permissions: {contents: write}
jobs:
  job:
    runs-on: ubuntu-latest
    env: {GITHUB_TOKEN: "${{ github.token }}"}
    steps:
      - run: mkdir -p dist; echo wheel > dist/a.whl; echo source > dist/a.tar.gz; echo Notes > notes.md
"""


def steps(text: str) -> str:
    return HEAD + "".join(f"      {line}\n" for line in text.strip().splitlines())


def told(ran: Ran) -> list[str]:
    return [f"{one.kind} {one.target.removeprefix('local/repository ')}" for one in ran.state.effects()]


def requests(ran: Ran) -> list[dict[str, object]]:
    return [
        json.loads(one.request.partition("{")[1] + one.request.partition("{")[2])
        for one in ran.state.effects()
        if "{" in one.request
    ]


GH_RELEASE = """
- id: r
  uses: softprops/action-gh-release@v2
  with: {body_path: notes.md, files: "dist/*\\nmissing/*", prerelease: "${{ contains(github.ref, '-rc') }}"}
- run: |
    echo ">${{ steps.r.outputs.url }} ${{ fromJSON(steps.r.outputs.assets)[1].name }}"
    curl -sSf "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/releases/${{ steps.r.outputs.id }}" | grep -c '"body": "Notes'
"""


def test_action_gh_release(run: Run) -> None:
    ran = run(steps(GH_RELEASE), **TAG)
    assert ran.code == 0, "\n".join(ran.log("job"))
    assert told(ran) == ["release v1.2.3", "asset v1.2.3 a.tar.gz", "asset v1.2.3 a.whl"]
    assert ran.said("job") == ["https://github.com/local/repository/releases/tag/v1.2.3 a.whl"]
    (made,) = requests(ran)
    assert made == {"tag_name": "v1.2.3", "name": "v1.2.3", "body": "Notes\n", "draft": False, "prerelease": False}
    (warning,) = ran.job("job").annotations
    assert warning.message == "Pattern 'missing/*' does not match any files."


TWICE = """
- {uses: softprops/action-gh-release@v1, with: {body: First, files: dist/a.whl}}
- {uses: softprops/action-gh-release@v2, with: {body: Second, append_body: true, files: dist/*}}
- {id: third, uses: actions/create-release@v1, continue-on-error: true, with: {tag_name: v1.2.3, release_name: Again}}
- {id: fourth, uses: ncipollo/release-action@v1, continue-on-error: true, with: {tag: v1.2.3}}
- run: echo ">${{ steps.third.outcome }} ${{ steps.fourth.outcome }}"
- {uses: ncipollo/release-action@v1, with: {allowUpdates: true, omitBodyDuringUpdate: true, name: Named}}
"""


def test_one_release_for_a_tag_whoever_starts_it(run: Run) -> None:
    ran = run(steps(TWICE), **TAG)
    assert ran.code == 0, "\n".join(ran.log("job"))
    assert told(ran) == [
        "release v1.2.3",
        "asset v1.2.3 a.whl",
        "release-edit v1.2.3",
        "asset v1.2.3 a.tar.gz",
        "release-edit v1.2.3",
    ]
    assert ran.said("job") == ["failure failure"]
    assert requests(ran)[1]["body"] == "First\nSecond"


OLD = """
- id: c
  uses: actions/create-release@v1
  with: {tag_name: "${{ github.ref }}", release_name: "Release ${{ github.ref_name }}", draft: true, prerelease: true}
- id: u
  uses: actions/upload-release-asset@v1
  with:
    upload_url: ${{ steps.c.outputs.upload_url }}
    asset_path: dist/a.whl
    asset_name: renamed.whl
    asset_content_type: application/zip
- run: echo ">${{ steps.u.outputs.browser_download_url }}"
"""


def test_create_release_and_upload_release_asset(run: Run) -> None:
    ran = run(steps(OLD), event="push", ref="refs/tags/v2.0.0-rc.1")
    assert ran.code == 0, "\n".join(ran.log("job"))
    assert told(ran) == ["release v2.0.0-rc.1", "asset v2.0.0-rc.1 renamed.whl"]
    assert ran.said("job") == ["https://github.com/local/repository/releases/download/v2.0.0-rc.1/renamed.whl"]


def test_without_a_tag_and_without_permission_it_fails_with_the_reason(run: Run) -> None:
    uses = "- {uses: softprops/action-gh-release@v2}"
    ran = run(steps(uses))
    assert ran.code == 1
    assert "A release needs a tag, and this run is for refs/heads/main" in "\n".join(ran.log("job"))
    ran = run(steps(uses).replace("contents: write", "contents: read"), **TAG)
    assert (ran.code, told(ran)) == (1, [])
    messages = [one.message for one in ran.job("job").annotations]
    assert any("needs `permissions: contents: write`" in message for message in messages), messages
