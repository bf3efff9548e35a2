"""Channels at the end of real runs: rehearsed, published, quiet, down; never a secret."""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from apprise.plugins.slack import NotifySlack
from click.testing import CliRunner
from github_hub import Served, serve_hub
from killing import killed_at
from running import Ran, Run
from services_at_hand import Service, service

from sluice.app import announcing
from sluice.app.announcing import News, Telling, announcements_of, once, tell, tell_late
from sluice.app.settings import load_settings
from sluice.cli.main import cli
from sluice.events.model import EffectRecorded
from sluice.notify import addresses
from sluice.store.runs.sqlite import SqliteStore
from sluice.store.untold import Subject, promise

SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
CHANNELS = """
[channel.team]
secret = "SLACK"
severity = "info"
[channel.nobody]
secret = "MISSING"
branches = ["release/**"]
"""
WORKFLOW = """name: CI
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps: [{name: 'Say %s', run: 'exit %d'}]
"""


@pytest.fixture
def slack(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    (repository / "sluice.toml").write_text(CHANNELS, encoding="utf-8")
    monkeypatch.setattr(addresses, "PAUSE_SECONDS", 0)
    # Whether a run may publish is another matter: these tests are of trees with changes, and of runs that fail.
    monkeypatch.setattr("sluice.app.running.publishing.prepare_publication", lambda *_: None)
    with service("slack") as found:
        monkeypatch.setattr(NotifySlack, "webhook_url", f"http://127.0.0.1:{found.port}")
        monkeypatch.setattr(NotifySlack, "request_rate_per_sec", 0)  # apprise waits between messages
        yield found


def effects(ran: Ran) -> list[EffectRecorded]:
    return [one for one in ran.state.effects() if one.kind == "notification"]


@pytest.mark.slow
def test_a_rehearsal_lists_what_would_be_told_and_tells_nobody(run: Run, slack: Service) -> None:
    ran = run(WORKFLOW % ("it", 1), secrets={"SLACK": SLACK})
    (effect,) = effects(ran)
    assert (effect.target, effect.rehearsed, effect.job) == ("team", True, None)
    assert json.loads(effect.request)["title"] == "CI #1 failed on main"
    assert "step Say it: Process completed with exit code 1" in json.loads(effect.request)["body"]
    assert not slack.payloads


@pytest.mark.slow
def test_published_a_channel_is_told_once_and_of_the_recovery(run: Run, slack: Service) -> None:
    for code in (1, 1, 0, 0):
        run(WORKFLOW % ("it", code), secrets={"SLACK": SLACK}, publish=True)
    titles = [one["attachments"][0]["title"] for one in slack.payloads]
    assert titles == ["CI #1 failed on main", "CI #3 passes again on main"]
    assert not slack.wrong


@pytest.mark.slow
def test_a_rehearsal_between_two_runs_that_publish_takes_no_news_away(run: Run, slack: Service) -> None:
    for code, publish in ((1, True), (0, False), (0, True)):
        run(WORKFLOW % ("it", code), secrets={"SLACK": SLACK}, publish=publish)
    titles = [one["attachments"][0]["title"] for one in slack.payloads]
    assert titles == ["CI #1 failed on main", "CI #3 passes again on main"]


@pytest.mark.slow
def test_a_secret_never_leaves_in_a_message(run: Run, slack: Service) -> None:
    ran = run(WORKFLOW % ("hunter22", 1), secrets={"SLACK": SLACK, "PASSWORD": "hunter22"}, publish=True)
    assert ran.code == 1
    assert "hunter22" not in json.dumps(slack.payloads)
    assert "***" in json.dumps(slack.payloads)


@pytest.mark.slow
def test_a_channel_that_is_down_changes_no_verdict(
    run: Run, slack: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    slack.refusals = [503] * 20
    run(WORKFLOW % ("it", 1), secrets={"SLACK": SLACK}, publish=True)
    ran = run(WORKFLOW % ("it", 0), secrets={"SLACK": SLACK}, publish=True)
    assert ran.code == 0
    assert not effects(ran)
    assert "channel 'team': Slack took nothing" in capsys.readouterr().err


@pytest.mark.slow
def test_preview_and_send_are_commands(run: Run, slack: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    run(WORKFLOW % ("it", 1))
    shown = CliRunner().invoke(cli, ["notify", "preview"], standalone_mode=False)
    assert "team  run-failed, critical, to team" in shown.output
    assert "CI #1 failed on main" in shown.output
    unknown = CliRunner().invoke(cli, ["notify", "preview", "--channel", "loft"], standalone_mode=False)
    assert "sluice.toml has no channel 'loft'" in str(unknown.exception)
    missing = CliRunner().invoke(cli, ["notify", "send"], standalone_mode=False)
    assert missing.return_value == 2
    assert missing.stderr.count("its secret 'SLACK' is not given") == 1
    sent = CliRunner().invoke(cli, ["notify", "send", "--secret", f"SLACK={SLACK}"], standalone_mode=False)
    assert sent.return_value == 0
    assert len(slack.payloads) == 1
    monkeypatch.setitem(sys.modules, "apprise", None)
    without = CliRunner().invoke(cli, ["notify", "send", "--secret", f"SLACK={SLACK}"], standalone_mode=False)
    assert (without.return_value, "need the library apprise, which is missing" in without.stderr) == (2, True)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Served]:
    (tmp_path / "hub").mkdir()
    with serve_hub(tmp_path / "hub") as found:
        yield found
        assert not found.problems, "\n".join(found.problems)


@pytest.mark.slow
def test_github_shows_a_status_a_check_and_one_issue_for_a_cause(run: Run, hub: Served, repository: Path) -> None:
    ways = '[channel.github]\ngithub = ["status", "check", "comment", "issue"]\nseverity = "info"\n'
    (repository / "sluice.toml").write_text(ways, encoding="utf-8")
    failed, passed = (told_on(hub, repository, run(WORKFLOW % ("it", code))) for code in (1, 0))
    assert [line.rpartition(" ")[0] for line in failed] == ["github, status of", "github, check of", "github, issue"]
    assert passed[-1] == f"{failed[-1]} closed"


def told_on(hub: Served, repository: Path, ran: Ran) -> list[str]:
    with SqliteStore(ran.folder.parent.parent) as store:
        found = announcements_of(store, ran.state.run, load_settings(repository).channels, {})
    done = tell(found, Telling(secrets={"GITHUB_TOKEN": "made-up"}, repository="octo/app", api=hub.api))
    return [one.target if isinstance(one, EffectRecorded) else one.message for one in done]


@pytest.mark.slow
@pytest.mark.parametrize("command", [("list",), ("show",), ("notify", "send", "--channel", "team"), ("run", "ci.yml")])
def test_what_a_kill_kept_from_the_channels_the_next_command_tells(
    repository: Path, slack: Service, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    kill_untold(repository, slack, monkeypatch, "sluice.app.announcing:tell")
    assert not slack.payloads
    CliRunner().invoke(cli, command, standalone_mode=False)
    late = [one["attachments"][0] for one in slack.payloads if "Told late" in one["attachments"][0]["text"]]
    assert [one["title"] for one in late] == ["CI #1 failed on main"]
    for _ in range(2):
        CliRunner().invoke(cli, ["list"], standalone_mode=False)
    assert len(slack.payloads) == (2 if command[0] == "notify" else 1), "once; `notify send` sends besides"


@pytest.mark.slow
def test_a_run_whose_engine_dies_is_told_of_and_one_that_was_told_of_is_not_again(
    repository: Path, slack: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill_untold(repository, slack, monkeypatch, "sluice.store.untold:Untold.settle")
    kill_untold(repository, slack, monkeypatch, "sluice.app.running.performance:_record", told=1)
    kill_untold(repository, slack, monkeypatch, "sluice.engine.jobs.job:_announce", told=1)
    CliRunner().invoke(cli, ["list"], standalone_mode=False)
    titles = [one["attachments"][0]["title"] for one in slack.payloads]
    assert titles == ["CI #1 failed on main", "CI #3 was cancelled on main"]


def kill_untold(
    repository: Path, slack: Service, monkeypatch: pytest.MonkeyPatch, place: str, *, told: int | None = None
) -> None:
    """A run that fails and publishes dies at ``place``."""
    settings = '[secret.SLACK]\nfrom = ["environment"]\n' + CHANNELS
    (repository / "sluice.toml").write_text(settings, encoding="utf-8")
    (repository / ".github/workflows/ci.yml").write_text(WORKFLOW % ("it", 1), encoding="utf-8")
    monkeypatch.setenv("SLACK", SLACK)
    killed_at(place, slack.port, "run", "ci.yml", "--publish", "--plain", folder=repository)
    assert told is None or len(slack.payloads) == told


def test_what_keeps_many_messages_back_is_said_once() -> None:
    said: list[str] = []
    say = once(said.append)
    for message in ("team is down", "team is down", "loft is down"):
        say(message)
    assert said == ["team is down", "loft is down"]


def test_settings_that_name_no_channel_for_a_moment_lose_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    untold = promise(tmp_path, Subject(root="/r", run="1"))
    news = News(what="CI #1", ended=time.time(), notices=())
    assert list(tell_late(news, (), Telling(secrets={}, repository="", untold=untold))) == []
    assert len(list(tmp_path.iterdir())) == 1, "it is still to be told"
    monkeypatch.setattr(announcing, "LATE_SECONDS", -1.0)
    assert list(tell_late(news, (), Telling(secrets={}, repository="", untold=untold))) == []
    assert not list(tmp_path.iterdir()), "nobody wanted to know for a day"
