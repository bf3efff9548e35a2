"""Reviews of environments that are answered on the page."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from web_client import Client

from sluice.app.running.reviewing import Mailbox
from sluice.app.serving_web.site import Site
from sluice.engine.facilities import Verdict
from sluice.events.state import RunState
from sluice.machine.processes import identify, is_alive

WORKFLOW = """\
name: Deploy
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: production
    steps: [{ run: echo deployed }]
"""


@pytest.fixture
def waiting(repository: Path, client: Client, site: Site) -> str:
    """A run that was started on the page and waits for a review."""
    (repository / ".github/workflows/w.yml").write_text(WORKFLOW, encoding="utf-8")
    (repository / "sluice.toml").write_text('[environment.production]\nreviewers = ["ada"]\n', encoding="utf-8")
    run = client.post("/workflows/w.yml/start", {"event": "push"}).headers["location"].rpartition("/")[2]
    until(site, run, lambda state: [one for one in state.reviews() if one.approved is None])
    return run


def until(site: Site, run: str, seen: Callable[[RunState], object]) -> RunState:
    deadline = time.monotonic() + 30
    while not seen(state := site.state(run)):
        assert time.monotonic() < deadline, state
        time.sleep(0.1)
    return state


def answer(client: Client, run: str, state: str, **changes: str) -> int:
    fields = {"job": "deploy", "environment": "production", "state": state, "comment": "<b>go</b>", **changes}
    return client.post(f"/runs/{run}/review", fields).status


@pytest.mark.slow
@pytest.mark.parametrize(("word", "result"), [("approved", "success"), ("rejected", "failure")])
def test_the_answer_of_the_page_counts(client: Client, site: Site, waiting: str, word: str, result: str) -> None:
    page = client.get(f"/runs/{waiting}").text
    assert "Waiting for a review" in page
    assert (site.row(waiting).status, site.state(waiting).status) == ("waiting", "waiting")
    assert 'value="approved"' in page
    assert answer(client, waiting, word) == 303
    state = until(site, waiting, lambda state: state.conclusion)
    assert state.conclusion == result
    (given,) = state.reviews()
    assert (given.approved, given.comment) == (result == "success", "<b>go</b>")
    assert "Waiting for a review" not in client.get(f"/runs/{waiting}").text
    assert answer(client, waiting, word) == 422, "nobody waits any more"


@pytest.mark.slow
def test_what_is_no_answer_changes_nothing(client: Client, site: Site, waiting: str) -> None:
    assert answer(client, waiting, "perhaps") == 422
    assert answer(client, waiting, "approved", environment="staging") == 422
    assert answer(client, waiting, "approved", job="../deploy") == 422
    assert answer(client, "20260101-000000-abcd", "approved") == 404
    time.sleep(0.6)
    assert [one.approved for one in site.state(waiting).reviews()] == [None]
    assert client.post(f"/runs/{waiting}/cancel").status == 303
    assert until(site, waiting, lambda state: state.conclusion).conclusion == "cancelled"


@pytest.mark.slow
def test_a_run_of_the_command_line_that_is_repeated_here_is_answered_here(
    repository: Path, client: Client, site: Site, waiting: str
) -> None:
    assert client.post(f"/runs/{waiting}/cancel").status == 303
    until(site, waiting, lambda state: state.conclusion)
    words = [sys.executable, "-m", "sluice", "run", "w.yml", "--quiet", "--approve", "production"]
    subprocess.run(words, cwd=repository, check=True, stdin=subprocess.DEVNULL)
    (repository / ".github/workflows/w.yml").write_text(WORKFLOW.replace("production", "Other"), encoding="utf-8")
    (repository / "sluice.toml").write_text('[environment.Other]\nreviewers = ["ada"]\n', encoding="utf-8")
    first = site.rows()[0].run
    run = client.post(f"/runs/{first}/rerun").headers["location"].rpartition("/")[2]
    until(site, run, lambda state: [one for one in state.reviews() if one.approved is None])
    assert answer(client, run, "approved", environment="Other") == 303
    assert until(site, run, lambda state: state.conclusion).conclusion == "success"


def test_an_answer_is_taken_once_by_whom_it_is_for(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path)
    assert mailbox.take("deploy", "production") is None
    mailbox.put("deploy", "Production", Verdict(approved=True, reviewer="ada"))
    assert mailbox.take("other", "production") is None
    assert mailbox.take("deploy", "staging") is None
    assert mailbox.take("deploy", "production") == Verdict(approved=True, reviewer="ada")
    assert mailbox.take("deploy", "production") is None


@pytest.mark.skipif(sys.platform != "linux", reason="tells processes by what /proc has of them")
def test_what_waits_for_a_review_does_not_outlive_tests_that_are_killed(tmp_path: Path) -> None:
    started = "subprocess.Popen(['sleep', '60'], start_new_session=True, env={'SLUICE_HOME': sys.argv[1] + '/t/home'})"
    tests = f"""
import subprocess, sys, time
from pathlib import Path
from ending import ending
with ending(Path(sys.argv[1])):
    print({started}.pid, flush=True)
    time.sleep(60)
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", tests, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        _, started_at = identify(pid)
        process.kill()
    deadline = time.monotonic() + 20
    while is_alive(pid, started_at):
        assert time.monotonic() < deadline
        time.sleep(0.02)
