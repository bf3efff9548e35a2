"""What a step makes by REST, git sees; what it pushes, REST tells: one repository, whichever way it is asked."""

from __future__ import annotations

import shutil

import pytest
from reaching_job import workflow
from running import Ran, Run

pytestmark = [
    pytest.mark.needs_git,
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed"),
]

SET_UP = """
ask() { curl -sS --fail-with-body -H "Authorization: Bearer $GH_TOKEN" "$@"; }
api="$GITHUB_API_URL/repos/$GITHUB_REPOSITORY"
git config user.name bot; git config user.email 7+bot@users.noreply.github.com
"""


def said(run: Run, script: str) -> tuple[list[str], Ran]:
    ran = run(workflow(SET_UP + script, "permissions: {contents: write, pull-requests: write}"))
    assert ran.code == 0, "\n".join(ran.log("job"))
    return ran.said("job"), ran


BY_REST = """
put() { jq -n --arg m "Add $1" --arg b "$2" '{message: $m, content: "aGkK", branch: $b}' > body.json
  ask -X PUT "$api/contents/$1" -d @body.json; }
put "deep/made.txt" main > made.json
git fetch -q origin main; git log --format='>%s by %an <%ae>' -1 FETCH_HEAD
test "$(git rev-parse FETCH_HEAD)" = "$(jq -r .commit.sha made.json)"
git show FETCH_HEAD:deep/made.txt | sed 's/^/>/'
ask "$api/git/refs" -d "{\\"ref\\": \\"refs/heads/next\\", \\"sha\\": \\"$(git rev-parse HEAD)\\"}" > /dev/null
put "other.txt" next > /dev/null
git fetch -q origin next; git diff --name-only HEAD FETCH_HEAD | sed 's/^/>/'
jq -n --arg o "$(git rev-parse HEAD)" '{tag: "v3", message: "Three", object: $o, type: "commit"}' > body.json
sha="$(ask "$api/git/tags" -d @body.json | jq -r .sha)"
ask "$api/git/refs" -d "{\\"ref\\": \\"refs/tags/v3\\", \\"sha\\": \\"$sha\\"}" > /dev/null
git fetch -q origin tag v3; echo ">$(git cat-file -t v3) $(git tag -l --format='%(contents:subject)' v3)"
git checkout -q -b third; git push -q origin third
ask "$api/branches" | jq -r '">" + ([.[].name] | join(" "))'
"""


def test_what_rest_commits_git_fetches(run: Run) -> None:
    found, ran = said(run, BY_REST)
    bot = "github-actions[bot] <41898282+github-actions[bot]@users.noreply.github.com>"
    assert found == [f"Add deep/made.txt by {bot}", "hi", "other.txt", "tag Three", "main next third"]
    assert [(one.kind, one.target) for one in ran.state.effects()] == [
        ("file", "local/repository main deep/made.txt"),
        ("ref", "local/repository refs/heads/next"),
        ("file", "local/repository next other.txt"),
        ("tag-object", "local/repository v3"),
        ("ref", "local/repository refs/tags/v3"),
        ("push", "local/repository refs/heads/third"),
    ]


BY_GIT = """
git checkout -q -b update; echo more > more.txt; git add more.txt; git commit -q -m 'More of it'
git push -q origin update
ask "$api/compare/main...update" | jq -r '">" + .status + " " + .files[0].filename + " " + .files[0].patch' | tail -n 2
ask "$api/pulls" -d '{"title": "Update", "head": "update", "base": "main"}' > /dev/null
ask "$api/pulls/1/commits" | jq -r '.[] | ">" + .commit.message + " by " + .author.login'
ask "$api/commits/$(git rev-parse HEAD)/pulls" | jq -r '.[] | ">" + .title'
ask -G "$GITHUB_API_URL/search/issues" --data-urlencode "q=repo:$GITHUB_REPOSITORY is:pr $(git rev-parse HEAD)" |
  jq -r '">" + (.total_count | tostring) + " " + .items[0].title'
ask "$GITHUB_API_URL/search/issues?q=nowhere" | jq -r '">" + (.total_count | tostring)'
ask -H "Accept: application/vnd.github.diff" "$api/pulls/1" | grep '^+more' | sed 's/^/>/'
"""


def test_what_git_pushes_rest_compares(run: Run) -> None:
    found, ran = said(run, BY_GIT)
    assert found == [
        "ahead more.txt @@ -0,0 +1 @@",
        "More of it by bot",
        "Update",
        "1 Update",
        "0",
        "+more",
    ]
    (warning,) = [one.message for one in ran.job("job").annotations if one.level == "warning"]
    assert "/search/issues was answered of" in warning
    assert "GitHub may know others" in warning
