"""``actions/github-script`` in runs: what a script gets, what it does to GitHub, and how it fails."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from containers import DEBIAN, running_engine
from running import Ran, Run

from sluice.actions.builtin.scripts import node_packages

pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not on this machine")]

HEAD = """on: push
permissions: {issues: write}
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - id: s
        uses: actions/github-script@v7
        env: {FROM: outside}
        with:
          MORE
          script: |
"""
TAIL = """
      - run: echo '>${{ steps.s.outputs.result }} ${{ steps.s.outputs.own }}'
"""


def write(script: str, more: str = "result-encoding: json") -> str:
    lines = "\n".join(f"            {line}" for line in script.strip().splitlines())
    return HEAD.replace("MORE", more) + lines + TAIL


def effects(ran: Ran) -> list[str]:
    assert all(one.rehearsed for one in ran.state.effects())
    return [f"{one.kind} {one.target}" for one in ran.state.effects()]


COMMENT = """
const {data: issue} = await github.rest.issues.create({...context.repo, title: 'Found'})
await octokit.request('POST /repos/{owner}/{repo}/issues/{n}/comments', {...context.repo, n: issue.number, body: 'Hi'})
const issues = await github.paginate(github.rest.issues.listForRepo, context.repo)
return {titles: issues.map(one => one.title), event: context.eventName}
"""


def test_what_a_script_does_to_github_is_listed(run: Run) -> None:
    ran = run(write(COMMENT))
    assert ran.code == 0, "\n".join(ran.log("job"))
    assert effects(ran) == ["issue local/repository Found", "comment local/repository #1"]
    assert ran.said("job") == ['{"titles":["Found"],"event":"push"}']


PARTS = """
const own = require('./scripts/own.cjs')
const files = await (await glob.create('scripts/*.cjs')).glob()
const {stdout} = await exec.getExecOutput('cat', [files[0]], {silent: true})
core.setOutput('own', own(stdout.length, process.env.FROM))
await io.rmRF('scripts')
await core.summary.addRaw('Seen').write()
core.warning('Careful')
const other = getOctokit('another', {}).rest.repos.get ? 'octokit' : ''
return `${require('fs').existsSync('scripts')} ${typeof require('@actions/github').getOctokit} ${other}`
"""


def test_a_script_has_the_toolkit_and_files_of_the_repository(run: Run, repository: Path) -> None:
    (repository / "scripts").mkdir()
    (repository / "scripts/own.cjs").write_text("module.exports = (n, from) => `${n} ${from}`\n", encoding="utf-8")
    ran = run(write(PARTS, "result-encoding: string"))
    assert ran.code == 0, "\n".join(ran.log("job"))
    assert ran.said("job") == ["false function octokit 45 outside"]
    assert [(one.level, one.message) for one in ran.job("job").annotations] == [("warning", "Careful")]
    assert [path.read_text() for path in (ran.folder / "summaries").iterdir()] == ["Seen"]


@pytest.mark.parametrize(
    ("script", "more", "said"),
    [
        ("throw new Error('boom')", "debug: false", "Unhandled error: Error: boom"),
        ("return (", "debug: false", "Unhandled error: SyntaxError"),
        ("return 1", "result-encoding: xml", '"result-encoding" must be either "string" or "json"'),
        ("core.setFailed('on purpose')", "debug: false", "on purpose"),
        ("await github.rest.repos.createRelease({...context.repo, tag_name: 'v1'})", "debug: false", "contents: write"),
    ],
)
def test_a_script_that_fails_says_why(run: Run, script: str, more: str, said: str) -> None:
    ran = run(write(script, more))
    assert (ran.results(), effects(ran)) == ({"job": "failure"}, [])
    assert any(said in one.message for one in ran.job("job").annotations), ran.job("job").annotations


def test_without_the_toolkit_the_job_is_skipped_for_it(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    none = tmp_path / "no-npm"
    none.write_text("#!/bin/sh\necho npm error no registry >&2\nexit 1\n", encoding="utf-8")
    none.chmod(0o755)
    (tmp_path / "home/cache/tools").unlink()
    monkeypatch.setattr(node_packages, "_npm", lambda *_: [str(none)])
    text = write("return 1")
    ran = run(text)
    assert ran.results() == {"job": "skipped"}
    assert run(text, strict=True).results() == {"job": "failure"}
    assert any("npm error no registry" in one.message for one in ran.job("job").annotations)


@pytest.mark.needs_docker
def test_in_a_job_with_a_container_a_script_sees_what_its_steps_see(run: Run) -> None:
    running_engine(DEBIAN)
    script = """
const {stdout} = await exec.getExecOutput('cat', ['/etc/debian_version'], {silent: true})
const {data: issue} = await github.rest.issues.create({...context.repo, title: context.payload.repository.full_name})
return `${stdout.trim().split('.')[0]} ${process.cwd()} ${issue.number}`
"""
    container = f"ubuntu-latest\n    container: '{DEBIAN}'"
    ran = run(write(script, "result-encoding: string").replace("ubuntu-latest", container))
    assert ran.code == 0, "\n".join(ran.log("job"))
    assert ran.said("job") == ["12 /__w/repository/repository 1"]
    assert effects(ran) == ["issue local/repository local/repository"]
