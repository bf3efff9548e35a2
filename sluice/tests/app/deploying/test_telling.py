"""A deployment that a person makes tells the channels, as one in a run does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from itertools import takewhile

import pytest
from click.testing import CliRunner
from deployed import Project
from killing import killed_at
from services_at_hand import Service, service

from sluice.app import announcing
from sluice.app.serving_web.site import Site
from sluice.app.serving_web.telling import telling
from sluice.cli.main import cli
from sluice.notify import addresses
from sluice.store.places import find_places
from sluice.store.runs.sqlite import SqliteStore

pytestmark = pytest.mark.slow
SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
CHANNELS = """
[secret.SLACK]
from = ["environment"]
[channel.team]
secret = "SLACK"
severity = "info"
events = ["deployment-finished", "deployment-failed"]
[channel.nobody]
secret = "SLACK"
branches = ["release/**"]
severity = "info"
"""


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setattr(addresses, "PAUSE_SECONDS", 0)
    with service("slack") as found:
        monkeypatch.setattr("apprise.plugins.slack.NotifySlack.webhook_url", f"http://127.0.0.1:{found.port}")
        yield found


@pytest.fixture
def project(make_project: Callable[..., Project], monkeypatch: pytest.MonkeyPatch) -> Project:
    made = make_project('secrets = ["TOKEN"]\nurl = "https://staging.example.org"', CHANNELS)
    monkeypatch.chdir(made.root)
    for name in [name for name in os.environ if name.startswith(("GITHUB_", "SLUICE_"))]:
        monkeypatch.delenv(name)  # in a job they would make this a deployment of that job
    for name, value in (("SLUICE_HOME", str(made.home)), ("TOKEN", "hush-hush"), ("SLACK", SLACK)):
        monkeypatch.setenv(name, value)
    return made


def deploy(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["deploy", *words], standalone_mode=False)
    assert done.exception is None, done.exception
    return done.return_value, done.output


def told(slack: Service) -> list[tuple[str, str]]:
    found = [one["attachments"][0] for one in slack.payloads]
    return [(one["title"], one["text"]) for one in found]


def test_channels_are_told_how_it_ended(project: Project, slack: Service) -> None:
    project.commit("v1")
    assert deploy("staging", "--why", "it is time")[0] == 0
    project.commit("crashes")
    assert deploy("staging")[0] == 1
    (first, second) = told(slack)
    assert first == ("Deployment to staging finished", "v1\nit is time\nhttps://staging.example.org")
    assert second[0] == "Deployment to staging failed"
    assert "v1 → crashes" in second[1]
    assert "no such module" in second[1]
    assert "hush-hush" not in json.dumps(slack.payloads)
    assert not slack.wrong


@pytest.mark.parametrize(
    ("killed_once", "title", "text"),
    [
        ("healthy", "Deployment to staging failed", "v1 → v2\ninterrupted after it was healthy"),
        ("switched", "Deployment to staging finished", "v1 → v2"),
    ],
)
def test_channels_hear_how_an_interrupted_one_ended(
    project: Project, slack: Service, killed_once: str, title: str, text: str
) -> None:
    project.commit("v1")
    assert deploy("staging", "--no-tell")[0] == 0
    settings = project.root / "sluice.toml"
    slow = settings.read_text(encoding="utf-8").replace("watch = 0.1", "watch = 2")
    settings.write_text(slow + '[environment.staging.verify]\ncommand = "sleep 1"\n', encoding="utf-8")
    project.commit("v2")
    kill_at(project.start("staging", TOKEN="hush-hush", SLACK=SLACK), killed_once)
    assert not slack.payloads
    assert deploy("status", "staging")[0] == 0
    assert told(slack) == [(title, f"{text}\nhttps://staging.example.org")]
    assert deploy("status", "staging")[0] == 0
    assert len(slack.payloads) == 1, "they are told once"


def kill_at(process: subprocess.Popen[str], word: str) -> None:
    """End it as a power cut would, once it says this."""
    assert process.stdout is not None
    said = list(takewhile(lambda line: word not in line, process.stdout))
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL, said


def test_nobody_is_told_where_that_is_wanted(project: Project, slack: Service) -> None:
    project.commit("v1")
    assert deploy("staging", "--no-tell")[0] == 0
    assert not slack.payloads


def test_a_channel_without_its_secret_changes_no_deployment(
    project: Project, slack: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SLACK")
    project.commit("v1")
    code, said = deploy("staging")
    assert code == 0
    assert "channel 'team': its secret 'SLACK' is not given" in said
    assert not slack.payloads


@pytest.mark.parametrize("command", ["status staging", "history", "diff staging", "staging --no-tell"])
def test_what_a_kill_kept_from_the_channels_the_next_command_tells_once(
    project: Project, slack: Service, command: str
) -> None:
    project.commit("v1")
    killed_at("sluice.app.deploying.telling:tell", slack.port, "deploy", "staging", folder=project.root)
    assert not slack.payloads
    assert deploy(*command.split())[0] == 0
    ((title, text),) = told(slack)
    assert title == "Deployment to staging finished"
    assert "Told late: it ended at " in text
    assert deploy("status")[0] == 0
    assert len(slack.payloads) == 1, "they are told once"


@pytest.mark.parametrize("command", ["status", "stop staging"])
def test_while_the_settings_are_wrong_news_waits_and_what_runs_is_within_reach(
    project: Project, slack: Service, command: str
) -> None:
    settings = project.root / "sluice.toml"
    right = settings.read_text(encoding="utf-8").replace("watch = 0.1", "watch = 2")
    settings.write_text(right, encoding="utf-8")
    project.commit("v1")
    kill_at(project.start("staging", TOKEN="hush-hush", SLACK=SLACK), "switched")
    settings.write_text(right + '[run]\njobs = "x"\n', encoding="utf-8")
    ending = project.start(*command.split(), TOKEN="hush-hush", SLACK=SLACK)
    said, _ = ending.communicate()
    assert ending.returncode == 0, said
    assert "staging-1: no channel hears of it before sluice.toml is right" in said
    assert not slack.payloads
    settings.write_text(right, encoding="utf-8")
    deploy("status")
    assert [title.partition(" to ")[0] for title, _ in told(slack)] == ["Deployment"]


def test_whoever_was_told_before_the_kill_is_not_told_again(project: Project, slack: Service) -> None:
    project.commit("v1")
    killed_at("sluice.store.untold:Untold.settle", slack.port, "deploy", "staging", folder=project.root)
    assert len(slack.payloads) == 1
    assert deploy("status")[0] == 0
    assert len(slack.payloads) == 1
    assert not list(project.home.rglob("untold/*"))


def test_news_waits_for_its_secret_and_not_for_ever(
    project: Project, slack: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.commit("v1")
    killed_at("sluice.app.deploying.telling:tell", slack.port, "deploy", "staging", folder=project.root)
    with monkeypatch.context() as without:
        without.delenv("SLACK")
        assert "its secret 'SLACK' is not given" in deploy("status")[1]
        without.setattr(announcing, "LATE_SECONDS", 0)
        assert list(project.home.rglob("untold/*"))
        assert "nobody was told of staging-1: it ended over a day ago" in deploy("status")[1]
    assert deploy("status")[0] == 0
    assert not slack.payloads


def test_a_page_that_is_served_tells_what_a_kill_kept_from_the_channels(project: Project, slack: Service) -> None:
    project.commit("v1")
    killed_at("sluice.app.deploying.telling:tell", slack.port, "deploy", "staging", folder=project.root)
    with SqliteStore(find_places().prepare().state) as store, telling(Site(project.root, "", store, "")):
        deadline = time.monotonic() + 20
        while not slack.payloads and time.monotonic() < deadline:
            time.sleep(0.05)
    assert [title for title, _ in told(slack)] == ["Deployment to staging finished"]
    assert not list(project.home.rglob("untold/*"))
