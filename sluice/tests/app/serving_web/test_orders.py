"""What is asked for: start with typed inputs, cancel, run again. Runs are processes of their own."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from web_client import Answer, Client

from sluice.app.serving_web.site import Site
from sluice.events.state import RunState

pytestmark = pytest.mark.slow
TYPED = """\
name: Deploy
on:
  push:
  workflow_dispatch:
    inputs:
      version: { type: string, required: true, description: "The <b>version</b>" }
      replicas: { type: number, default: 2 }
      strategy: { type: choice, options: [rolling, "blue & green"], default: rolling }
      migrate: { type: boolean, default: true }
      target: { type: environment }
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - run: echo "$GIVEN"
        env: { GIVEN: "${{ toJSON(inputs) }}" }
"""
WAITS = """\
name: W
on: push
jobs:
  other: { runs-on: ubuntu-latest, steps: [{ run: 'true' }] }
  slow:
    runs-on: ubuntu-latest
    steps: [{ run: 'echo here; sleep 60' }, { if: always(), run: echo after }]
"""
FAILS = WAITS.replace("sleep 60", "exit 1")


def write(repository: Path, text: str) -> None:
    (repository / ".github/workflows/w.yml").write_text(text, encoding="utf-8")


def started(answer: Answer) -> str:
    assert answer.status == 303, answer.text
    return answer.headers["location"].rpartition("/")[2]


def wait(site: Site, run: str, until: Callable[[RunState], object]) -> RunState:
    deadline = time.monotonic() + 30
    while not until(state := site.state(run)):
        assert time.monotonic() < deadline, state
        time.sleep(0.1)
    return state


def over(state: RunState) -> bool:
    return state.conclusion is not None


def test_the_form_has_a_field_of_each_type(repository: Path, client: Client) -> None:
    write(repository, TYPED)
    (repository / "sluice.toml").write_text("[environment.staging]\n", encoding="utf-8")
    page = client.get("/workflows/w.yml").text
    for part in (
        'name="input.version" aria-describedby="about-0" required value=""',
        "The &lt;b&gt;version&lt;/b&gt;",
        'name="input.replicas" inputmode="decimal" value="2"',
        '<option value="blue &amp; green">',
        '<option value="rolling" selected>',
        'type="checkbox" id="input-3" name="input.migrate" value="true" checked',
        '<option value="staging">',
    ):
        assert part in page, part


def test_a_run_is_started_with_typed_inputs(repository: Path, client: Client, site: Site) -> None:
    write(repository, TYPED)
    fields = {"event": "workflow_dispatch", "input.version": "v1 \"'$(x)", "input.replicas": "3"}
    fields |= {"input.strategy": "blue & green", "input.target": ""}
    state = wait(site, started(client.post("/workflows/w.yml/start", fields)), over)
    assert state.facts is not None
    assert state.conclusion == "success"
    assert state.facts.trigger == "workflow_dispatch"
    expected = {"version": "v1 \"'$(x)", "replicas": 3, "strategy": "blue & green", "migrate": False, "target": ""}
    assert state.facts.inputs == expected
    assert "replicas=3, strategy=blue &amp; green, migrate=false" in client.get(f"/runs/{state.run}").text


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "Required input &#39;version&#39; not provided"),
        ({"input.version": ""}, "Required input &#39;version&#39; not provided"),
        (
            {"input.version": "1", "input.replicas": "many"},
            "&#39;many&#39; for input &#39;replicas&#39; is not a number",
        ),
        ({"input.version": "1", "input.migrate": "perhaps"}, "is not a boolean (allowed: true, false)"),
        ({"input.version": "1", "input.strategy": "x"}, "not in the list of allowed values (allowed: rolling, blue"),
        ({"input.version": "1", "input.other": "x"}, "Unexpected inputs provided: &#39;other&#39;"),
    ],
)
def test_a_wrong_input_starts_nothing_and_is_named(
    repository: Path, client: Client, site: Site, fields: dict[str, str], told: str
) -> None:
    write(repository, TYPED)
    answer = client.post("/workflows/w.yml/start", {"event": "workflow_dispatch", "input.replicas": "7", **fields})
    assert answer.status == 422
    assert told in answer.text
    assert f'value="{fields.get("input.replicas", "7")}"' in answer.text, "what was entered is still there"
    assert site.rows() == []


def test_an_event_that_does_not_start_it_is_refused(repository: Path, client: Client, site: Site) -> None:
    write(repository, TYPED)
    for event in ("pull_request", "", "--publish"):
        answer = client.post("/workflows/w.yml/start", {"event": event})
        assert answer.status == 422
        assert "starts by push, workflow_dispatch" in answer.text
    assert client.post("/workflows/none.yml/start", {"event": "push"}).status == 404
    assert client.get("/workflows/w.yml/start").status == 405
    assert site.rows() == []


def test_what_the_command_line_says_stands_in_the_form(repository: Path, client: Client) -> None:
    write(repository, TYPED)
    answer = client.post("/workflows/w.yml/start", {"event": "push", "ref": "no such ref"})
    assert answer.status == 422
    assert "is no name that git allows" in answer.text
    assert 'value="no such ref"' in answer.text


def test_a_ref_is_what_the_event_is_about(repository: Path, client: Client, site: Site) -> None:
    write(repository, TYPED)
    run = started(client.post("/workflows/w.yml/start", {"event": "push", "ref": "refs/tags/v1"}))
    facts = wait(site, run, over).facts
    assert facts is not None
    assert (facts.trigger, facts.ref) == ("push", "refs/tags/v1")


def test_a_form_that_is_too_large_is_refused(repository: Path, client: Client, site: Site) -> None:
    write(repository, TYPED)
    answer = client.post("/workflows/w.yml/start", {"event": "push", "ref": "x" * 300_000})
    assert answer.status == 422
    assert "larger than 256 KiB" in answer.text
    assert site.rows() == []


def test_a_run_is_cancelled_and_its_cleanup_runs(repository: Path, client: Client, site: Site) -> None:
    write(repository, WAITS)
    run = started(client.post("/workflows/w.yml/start", {"event": "push"}))
    wait(site, run, lambda state: "slow" in state.jobs and state.jobs["slow"].running_steps())
    pid = site.row(run).engine_pid
    assert os.getsid(pid) == pid, "it lives in a session of its own"
    assert client.post(f"/runs/{run}/cancel").status == 303
    state = wait(site, run, over)
    assert state.conclusion == "cancelled"
    assert state.jobs["slow"].steps["2"].outcome == "success", "post steps ran"
    answer = client.post(f"/runs/{run}/cancel")
    assert answer.status == 422
    assert "is over already" in answer.text


def test_what_failed_runs_again_or_everything(repository: Path, client: Client, site: Site) -> None:
    write(repository, FAILS)
    first = started(client.post("/workflows/w.yml/start", {"event": "push"}))
    wait(site, first, over)
    again = started(client.post(f"/runs/{first}/rerun", {"failed": "1"}))
    state = wait(site, again, over)
    assert state.facts is not None
    assert (state.facts.attempt, state.facts.rerun_of) == (2, first)
    assert state.jobs["other"].steps == {}, "what passed stands"
    whole = wait(site, started(client.post(f"/runs/{first}/rerun")), over)
    assert whole.jobs["other"].steps
    assert client.post("/runs/20260101-000000-abcd/rerun").status == 404


def test_what_passed_has_nothing_to_repeat(repository: Path, client: Client, site: Site) -> None:
    write(repository, TYPED)
    run = started(client.post("/workflows/w.yml/start", {"event": "push"}))
    wait(site, run, over)
    answer = client.post(f"/runs/{run}/rerun", {"failed": "1"})
    assert answer.status == 422
    assert f"Nothing failed in run {run}" in answer.text
    assert len(site.rows()) == 1
