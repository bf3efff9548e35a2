"""Steps that reach out are rehearsed unmodified: curl, git, gh, and Octokit's own way of finding GitHub."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

import pytest
from reaching_job import workflow
from running import Ran, Run
from toolkit_action import install

from sluice.runners.host.runner import HostWorkspace
from sluice.source.errors import UnavailableError

pytestmark = [pytest.mark.needs_git, pytest.mark.slow]


def effects(ran: Ran) -> list[tuple[str, str]]:
    assert ran.code == 0, "\n".join(ran.log("job"))
    return [(one.kind, one.target) for one in ran.state.effects()]


CURL = """
ask() { curl -sS --fail-with-body -H "Authorization: Bearer $GH_TOKEN" "$@"; }
ask -X POST "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/releases" -d '{"tag_name": "v1.2.3", "draft": true}' > made.json
url="$(python3 -c 'import json; print(json.load(open("made.json"))["upload_url"].split("{")[0])')"
echo hello > file.txt
ask -X POST "$url?name=file.txt" -H "Content-Type: text/plain" --data-binary @file.txt > asset.json
id="$(python3 -c 'import json; print(json.load(open("made.json"))["id"])')"
ask -X PATCH "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/releases/$id" -d '{"draft": false}' > /dev/null
api="$GITHUB_API_URL/repos/$GITHUB_REPOSITORY"
echo ">$(ask "$api/releases/tags/v1.2.3" | grep -o 'sha256:[0-9a-f]*' | cut -c1-18)"
echo ">$(ask "$api/git/ref/tags/v1.2.3" | grep -c refs/tags/v1.2.3)"
"""


def test_curl_makes_a_release_that_is_there_afterwards(run: Run) -> None:
    ran = run(workflow(CURL))
    assert effects(ran) == [
        ("release", "local/repository v1.2.3"),
        ("asset", "local/repository v1.2.3 file.txt"),
        ("release-edit", "local/repository v1.2.3"),
    ]
    assert ran.said("job") == ["sha256:5891b5b522d", "1"]
    assert all(one.rehearsed for one in ran.state.effects())
    (folder,) = ran.folder.rglob("requests")
    assert len(list(folder.iterdir())) == 3
    assert "ghs_" not in "".join(path.read_text(encoding="utf-8") for path in folder.iterdir())


PUSH = """
git config user.name bot; git config user.email bot@localhost
git checkout -q -b update; echo more > more.txt; git add more.txt; git commit -q -m more
git push -q origin update
git push -q stand-in update:other
git tag v9.0.0; git push -q "https://x-access-token:$GH_TOKEN@github.com/$GITHUB_REPOSITORY.git" v9.0.0
git fetch -q origin 'refs/tags/*:refs/tags/*' && echo ">$(git ls-remote origin refs/tags/v9.0.0 | cut -f2)"
echo ">$(curl -sS "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/git/ref/heads/update" | grep -c '"ref"')"
"""


def test_a_push_goes_to_a_repository_of_the_run(run: Run) -> None:
    ran = run(workflow(PUSH))
    assert effects(ran) == [
        ("push", "local/repository refs/heads/update"),
        ("push", "local/repository refs/heads/other"),
        ("push", "local/repository refs/tags/v9.0.0"),
    ]
    assert ran.said("job") == ["refs/tags/v9.0.0", "1"]


GH = """
gh release create v2.0.0 --title "Two" --notes "Better" more.txt || exit 3
gh release view v2.0.0 -R "$GITHUB_REPOSITORY" --json tagName,assets --jq '">" + .tagName + " " + .assets[0].name'
gh api "repos/$GITHUB_REPOSITORY/labels" -f name=ready -f color=00ff00 > /dev/null
gh issue create -R "$GITHUB_REPOSITORY" --title Broken --body "It is." > /dev/null
gh issue comment 1 --body "Mended." > /dev/null
gh workflow run ci.yml -R "$GITHUB_REPOSITORY" --ref main > /dev/null
git remote | xargs echo ">"; git fetch -q --all
"""


@pytest.mark.skipif(shutil.which("gh") is None, reason="gh, GitHub's command line, is not installed")
def test_gh_as_it_is(run: Run, repository: Path) -> None:
    (repository / "more.txt").write_text("more\n", encoding="utf-8")
    (repository / ".github/workflows").mkdir(parents=True, exist_ok=True)
    (repository / ".github/workflows/ci.yml").write_text(
        "on: workflow_dispatch\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}\n", encoding="utf-8"
    )
    ran = run(workflow(GH))
    assert effects(ran) == [
        ("release", "local/repository v2.0.0"),
        ("asset", "local/repository v2.0.0 more.txt"),
        ("release-edit", "local/repository v2.0.0"),
        ("label", "local/repository ready"),
        ("issue", "local/repository Broken"),
        ("comment", "local/repository #1"),
        ("workflow-start", "local/repository ci.yml on main"),
    ]
    assert ran.said("job") == ["v2.0.0 more.txt", "origin stand-in"]


GH_PULLS = """
git config user.name bot; git config user.email bot@localhost
git checkout -q -b update; echo more > more.txt; git add more.txt; git commit -q -m more; git push -q origin update
gh api "repos/$GITHUB_REPOSITORY/labels" -f name=ready > /dev/null
url="$(gh pr create --title "Update" --body "More of it." --base main --head update --label ready --draft)"
echo ">${url#https://github.com/}"
gh pr view 1 --json title,isDraft,headRefName,labels --jq '">" + .title + " " + .headRefName + " " + .labels[0].name'
gh pr list --json number,baseRefName --jq '.[] | ">" + (.number | tostring) + " " + .baseRefName'
gh pr create --title "Again" --body "" --base main --head update 2>&1 && exit 3
gh pr create --title "None" --body "" --base main --head nowhere 2>&1 | sed 's/^/>/' || true
gh pr edit 1 --title "Newer" > /dev/null
gh pr comment 1 --body "Look." > /dev/null
gh pr close 1 2> /dev/null
echo ">$(gh pr view 1 --json title,state --jq '.title + " " + .state') $(gh pr list | wc -l)"
"""


@pytest.mark.skipif(shutil.which("gh") is None, reason="gh, GitHub's command line, is not installed")
def test_gh_makes_a_pull_request(run: Run) -> None:
    ran = run(workflow(GH_PULLS, "permissions: {contents: write, issues: write, pull-requests: write}"))
    assert effects(ran) == [
        ("push", "local/repository refs/heads/update"),
        ("label", "local/repository ready"),
        ("pull-request", "local/repository update to main: Update"),
        ("pull-request-edit", "local/repository #1"),
        ("pull-request-edit", "local/repository #1"),
        ("comment", "local/repository #1"),
        ("pull-request-edit", "local/repository #1"),
    ]
    made = next(one for one in ran.state.effects() if one.kind == "pull-request")
    assert made.request.startswith("POST /graphql")
    assert made.request.endswith("(as POST /repos/local/repository/pulls)")
    assert made.rehearsed
    assert ran.said("job") == [
        "local/repository/pull/1",
        "Update update ready",
        "1 main",
        "pull request create failed: GraphQL: head is invalid",
        "Newer CLOSED 0",
    ]


def test_a_pull_request_needs_the_right_to_write_it(run: Run) -> None:
    script = (
        GH_PULLS.partition("gh api")[0]
        + """
api="$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/pulls"
curl -sS -o /dev/null -w '>%{http_code}\\n' -X POST -H "Authorization: Bearer $GH_TOKEN" "$api" \\
  -d '{"title": "Update", "head": "update", "base": "main"}'
"""
    )
    assert run(workflow(script, "permissions: {contents: write}")).said("job") == ["403"]
    ran = run(workflow(script, "permissions: {contents: write, pull-requests: write}"))
    assert effects(ran)[1:] == [("pull-request", "local/repository update to main: Update")]
    assert ran.said("job") == ["201"]


REFUSED = """
ask() { curl -sS -o /dev/null -w '>%{http_code}\\n' -X POST "$@"; }
api="$GITHUB_API_URL/repos/$GITHUB_REPOSITORY"
ask "$api/releases" -d '{"tag_name": "v1"}'
ask -H "Authorization: Bearer $GH_TOKEN" "$api/releases" -d '{"tag_name": "v1"}'
ask -H "Authorization: Bearer $GH_TOKEN" "$api/pages" -d '{"build_type": "x"}'
"""


def test_what_github_would_refuse_is_refused_and_what_is_not_known_is_never_taken_for_done(run: Run) -> None:
    ran = run(workflow(REFUSED, "permissions: {contents: read, pages: write}"))
    assert effects(ran) == [("request", "/repos/local/repository/pages")]
    assert ran.said("job") == ["401", "403", "501"]
    (warning,) = [one for one in ran.job("job").annotations if one.level == "warning"]
    assert "needs `permissions: contents: write`" in warning.message


def test_the_token_is_made_up_and_shown_nowhere(run: Run) -> None:
    ran = run(workflow('echo ">${GH_TOKEN:0:13}"; echo ">$GH_TOKEN"'), secrets={"GITHUB_TOKEN": "ghp_real"})
    assert ran.said("job") == ["ghs_rehearsal", "***"]


OCTOKIT = """import {Octokit} from '@octokit/core';
const octokit = new Octokit({auth: process.env.TOKEN, baseUrl: process.env.GITHUB_API_URL});
const [owner, repo] = process.env.GITHUB_REPOSITORY.split('/');
const made = await octokit.request(
  'POST /repos/{owner}/{repo}/issues', {owner, repo, title: 'Broken', labels: ['bug']});
const at = {owner, repo, issue_number: made.data.number};
await octokit.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {...at, body: 'Mended.'});
const found = await octokit.request('GET /repos/{owner}/{repo}/issues/{issue_number}', at);
console.log(`>${found.data.title} ${found.data.comments} ${found.data.labels[0].name}`);
"""
USE_OCTOKIT = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - {uses: made/octokit@v1, env: {TOKEN: "${{ github.token }}"}}
"""


@pytest.mark.needs_node
def test_octokit_in_a_javascript_action(run: Run, repository: Path, tmp_path: Path) -> None:
    folder = tmp_path / "action"
    install(folder, "@octokit/core@7")
    (folder / "action.yml").write_text("name: O\nruns: {using: node20, main: main.mjs}\n", encoding="utf-8")
    (folder / "main.mjs").write_text(OCTOKIT, encoding="utf-8")
    (repository / "sluice.toml").write_text(f"[actions.map]\n'made/octokit' = '{folder}'\n", encoding="utf-8")
    ran = run(USE_OCTOKIT)
    assert effects(ran) == [("issue", "local/repository Broken"), ("comment", "local/repository #1")]
    assert ran.said("job") == ["Broken 1 bug"]


def test_a_job_that_can_not_meet_its_stand_in_does_not_start(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    async def listen(_: HostWorkspace, port: int = 0) -> socket.socket:
        raise UnavailableError(f"port {port} is taken")

    monkeypatch.setattr(HostWorkspace, "listen", listen)
    ran = run(workflow("echo '>ran'"))
    assert (ran.code, ran.results(), ran.said("job")) == (1, {"job": "failure"}, [])
    (error,) = ran.job("job").annotations
    assert error.message == "The stand-in for GitHub can't be reached from the job: port 0 is taken"


RUN_ITSELF = """
ask() { curl -sS -H "Authorization: Bearer $GH_TOKEN" "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/actions/$1"; }
ask "runs/$GITHUB_RUN_ID" | jq -r '">" + .name + " " + .status + " " + .path + " " + (.run_attempt | tostring)'
ask "runs/$GITHUB_RUN_ID" | jq -r '">" + .html_url' | sed "s/$GITHUB_RUN_ID/ID/"
ask "runs/$GITHUB_RUN_ID/jobs" | jq -r '.jobs[] | ">" + .name + " " + .status'
job="$(ask "runs/$GITHUB_RUN_ID/attempts/1/jobs?per_page=1" | jq -r '.jobs[0].id')"
test "$job" = "$CHECK"
ask "jobs/$job" | jq -r '">" + .name + " " + (.html_url | split("/")[-2:] | join("/"))' | sed "s/$job/JOB/"
ask "runs/$GITHUB_RUN_ID/artifacts" | jq -r '.artifacts[] | ">" + .name + " " + (.id | tostring)' | sed "s/$ID/ID/"
ask "runs?status=in_progress" | jq -r '">" + (.total_count | tostring)'
ask "workflows/w.yml/runs?status=success" | jq -r '">" + (.total_count | tostring)'
ask "runs/17/jobs" | jq -r '">" + .message'
ask "runs/$GITHUB_RUN_ID/attempts/2/jobs" | jq -r '">" + .message'
"""
UPLOAD = """      - run: echo 1 > one.txt
      - {id: up, uses: actions/upload-artifact@v4, with: {name: one, path: one.txt}}
      - env:
          GH_TOKEN: ${{ github.token }}
          ID: ${{ steps.up.outputs.artifact-id }}
          CHECK: ${{ job.check_run_id }}
"""


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
def test_the_run_itself_can_be_asked_for(run: Run) -> None:
    text = workflow(RUN_ITSELF).replace('      - env: {GH_TOKEN: "${{ github.token }}"}\n', UPLOAD)
    ran = run(text + "  other: {needs: job, runs-on: ubuntu-latest, steps: [{run: 'true'}]}\n")
    assert effects(ran) == []
    assert ran.said("job") == [
        ".github/workflows/w.yml in_progress .github/workflows/w.yml 1",
        "https://github.com/local/repository/actions/runs/ID",
        "job in_progress",
        "other queued",
        "job job/JOB",
        "one ID",
        "1",
        "0",
        "Not Found",
        "Not Found",
    ]


OF_AN_ISSUE = """
ask() { curl -sS --fail-with-body -H "Authorization: Bearer $GH_TOKEN" "$@" > answer.json; }
api="$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/issues"
number="$(jq .issue.number "$GITHUB_EVENT_PATH")" comment="$(jq .comment.id "$GITHUB_EVENT_PATH")"
ask "$api/$number/comments" -d '{"body": "Seen."}'
ask "$api/comments/$comment/reactions" -d '{"content": "eyes"}'
ask "$api/$number/labels" -d '{"labels": ["triage"]}'
"""


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
def test_the_issue_that_a_run_is_about_is_there(run: Run, tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    event.write_text('{"issue": {"number": 5}, "comment": {"id": 77, "body": "/triage"}}', encoding="utf-8")
    text = workflow(OF_AN_ISSUE).replace("on: [push, pull_request]", "on: issue_comment")
    assert effects(run(text, event="issue_comment", event_file=event)) == [
        ("comment", "local/repository #5"),
        ("reaction", "local/repository comment 77 eyes"),
        ("labels", "local/repository #5"),
    ]
