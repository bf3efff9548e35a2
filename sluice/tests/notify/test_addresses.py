"""Addresses, against stand-ins that check the services' published limits."""

import socket

import pytest
from apprise.plugins.discord import NotifyDiscord
from apprise.plugins.slack import NotifySlack
from services_at_hand import mailbox, service

from sluice.notify.addresses import ATTEMPTS, Address
from sluice.notify.notices import Severity
from sluice.notify.rendering import MOST_BODY, MOST_TITLE, Message
from sluice.source.errors import UnavailableError

LONGEST = Message(title="t" * MOST_TITLE, body="line of a log <&> `code` *star*\n" * (MOST_BODY // 33) + "é" * 20)
SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
DISCORD = "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    monkeypatch.setattr(NotifySlack, "request_rate_per_sec", 0)  # apprise waits between messages, whoever asks
    return []


def address(text: str, pauses: list[float]) -> Address:
    return Address("team", text, pause=pauses.append)


@pytest.mark.slow
def test_slack_takes_the_longest_message(monkeypatch: pytest.MonkeyPatch, pauses: list[float]) -> None:
    with service("slack") as slack:
        monkeypatch.setattr(NotifySlack, "webhook_url", f"http://127.0.0.1:{slack.port}")
        address(SLACK, pauses).send(LONGEST, Severity.CRITICAL)
    assert slack.wrong == []
    assert LONGEST.title in str(slack.payloads)
    assert not pauses


@pytest.mark.slow
def test_discord_takes_the_longest_message(monkeypatch: pytest.MonkeyPatch, pauses: list[float]) -> None:
    with service("discord") as discord:
        monkeypatch.setattr(NotifyDiscord, "notify_url", f"http://127.0.0.1:{discord.port}")
        address(DISCORD, pauses).send(LONGEST, Severity.WARNING)
    assert discord.wrong == []
    assert "é" * 20 in str(discord.payloads)


@pytest.mark.slow
def test_the_stand_in_refuses_what_discord_would(monkeypatch: pytest.MonkeyPatch, pauses: list[float]) -> None:
    with service("discord") as discord:
        monkeypatch.setattr(NotifyDiscord, "notify_url", f"http://127.0.0.1:{discord.port}")
        monkeypatch.setattr(NotifyDiscord, "body_maxlen", 9000)
        with pytest.raises(UnavailableError):
            address(DISCORD, pauses).send(Message(title="t", body="x" * 8000), Severity.INFO)
    assert set(discord.wrong) == {"content of more than 2,000 characters"}


def test_mail_arrives(pauses: list[float]) -> None:
    with mailbox() as mail:
        to = f"mailto://127.0.0.1:{mail.port}?from=ci@example.com&to=ada@example.com&mode=insecure"
        address(to, pauses).send(LONGEST, Severity.INFO)
    (letter,) = mail.payloads
    assert mail.wrong == []
    assert letter["to"] == ["ada@example.com"]


def test_a_service_that_refuses_is_asked_again_with_growing_pauses(
    monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    with service("slack") as slack:
        monkeypatch.setattr(NotifySlack, "webhook_url", f"http://127.0.0.1:{slack.port}")
        slack.refusals = [503, 429]
        address(SLACK, pauses).send(LONGEST, Severity.CRITICAL)
    assert len(slack.payloads) == 1
    assert pauses == sorted(pauses)
    assert len(pauses) == 2


def test_a_channel_that_is_down_is_named_and_its_address_never(
    monkeypatch: pytest.MonkeyPatch, pauses: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens
        monkeypatch.setattr(NotifySlack, "webhook_url", f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(UnavailableError) as caught:
            address(SLACK, pauses).send(LONGEST, Severity.CRITICAL)
    assert caught.value.message == f"channel 'team': Slack took nothing in {ATTEMPTS} attempts"
    assert "TIiajkdnlazkcOXrIdevi7FQ" not in caplog.text + str(caught.value.hint)


@pytest.mark.parametrize("text", ["nonsense", "carrierpigeon://loft", "slack://", ""])
def test_what_is_no_address_is_refused_without_showing_it(text: str, pauses: list[float]) -> None:
    with pytest.raises(UnavailableError) as caught:
        address(text, pauses)
    assert "its secret holds no address that apprise knows" in caught.value.message
    assert "loft" not in caught.value.message
