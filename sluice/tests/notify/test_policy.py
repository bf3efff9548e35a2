import pytest
from msgspec.structs import replace

from sluice.notify.notices import About, Event, Notice, Severity
from sluice.notify.policy import Channel, read_channels
from sluice.notify.rendering import MOST_BODY, MOST_TITLE, render
from sluice.source.toml.table import read_document

ABOUT = About(
    workflow="CI", ref="refs/heads/main", branch="main", sha="a" * 40, facts={"workflow": "CI", "jobs": "test"}
)
NOTICE = Notice(
    event=Event.RUN_FAILED, severity=Severity.CRITICAL, changed=True, title="CI failed", lines=("why",), about=ABOUT
)
MILD = replace(NOTICE, severity=Severity.INFO)


def channel(text: str) -> Channel:
    document = read_document(text, "sluice.toml")
    (found,) = read_channels(document)
    assert not document.found
    return found


def wrong(text: str) -> list[str]:
    document = read_document(text, "sluice.toml")
    read_channels(document)
    return [f"{one.span.start.line}: {one.message}" for one in document.found]


@pytest.mark.parametrize(
    ("rules", "wanted", "unwanted"),
    [
        ('severity = "critical"', NOTICE, replace(NOTICE, severity=Severity.WARNING)),
        ('events = ["run-failed"]', NOTICE, replace(NOTICE, event=Event.DEPLOYMENT_FAILED)),
        ('branches = ["main", "release/**"]', NOTICE, replace(NOTICE, about=replace(ABOUT, branch="try"))),
        ('branches = ["*"]', NOTICE, replace(NOTICE, about=replace(ABOUT, branch=""))),
        ('workflows = ["CI"]', NOTICE, replace(NOTICE, about=replace(ABOUT, workflow="Docker"))),
        ("", NOTICE, replace(NOTICE, changed=False)),
        (
            "",
            replace(NOTICE, event=Event.RUN_RECOVERED, severity=Severity.INFO),
            replace(NOTICE, severity=Severity.INFO),
        ),
        ("repeat = true", replace(NOTICE, changed=False), MILD),
    ],
)
def test_a_channel_takes_what_its_rules_say(rules: str, wanted: Notice, unwanted: Notice) -> None:
    found = channel(f'[channel.team]\nsecret = "SLACK"\n{rules}')
    assert found.wants(wanted)
    assert not found.wants(unwanted)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[channel.a]", "1: [channel.a] takes one of 'secret' and 'github'"),
        ('[channel.a]\nsecret = "S"\ngithub = ["status"]', "1: [channel.a] takes one of 'secret' and 'github'"),
        ('[channel.a]\ngithub = ["carrier"]', "2: github: there is no 'carrier'"),
        ('[channel.a]\nsecret = "S"\nevents = ["run-exploded"]', "3: events: there is no 'run-exploded'"),
        ('[channel.a]\nsecret = "S"\nseverity = "bad"', "3: severity can't be 'bad'"),
        ('[channel.a]\nsecret = "S"\ntitle = "{secrets}"', "3: title: there is no field '{secrets}'"),
        ('[channel.a]\nsecret = "S"\nbody = "{"', "3: body: Single '{' encountered in format string"),
        (
            '[channel.a]\nsecret = "S"\ntitle = "{number:03d}"',
            "3: title: Unknown format code 'd' for object of type 'str'",
        ),
        ('[channel.a]\nsecret = "S"\ntitle = "{title:{unknown}}"', "3: title: 'unknown'"),
        ('[channel.a]\nurl = "slack://x"\nsecret = "S"', "2: 'url' is no key of [channel.a]"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text: str, message: str) -> None:
    assert message in wrong(text)


def test_a_template_is_filled_and_cut() -> None:
    found = channel('[channel.a]\nsecret = "S"\ntitle = "{workflow}:\\n {event}"\nbody = "{lines} by {jobs}"')
    message = render(found, replace(NOTICE, lines=("x" * 5000,)))
    assert message.title == "CI: run-failed"
    assert len(message.body) == MOST_BODY
    assert message.body.endswith("…")
    assert len(render(channel('[channel.a]\nsecret = "S"'), replace(NOTICE, title="t" * 999)).title) == MOST_TITLE
