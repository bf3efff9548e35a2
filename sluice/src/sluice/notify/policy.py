"""``[channel.NAME]`` of ``sluice.toml``. In: the document. Out: channels.

A channel's address is a secret, so it never stands in the file: ``secret`` names it.
"""

from __future__ import annotations

import string
from collections.abc import Mapping

from msgspec import Struct

from sluice.notify.notices import Event, Notice, Severity
from sluice.plan.event.patterns import find_problems, passes
from sluice.source.toml.table import Table

GITHUB = ("status", "check", "comment", "issue")
FIELDS = (
    "event", "severity", "workflow", "number", "run", "repository", "ref", "sha", "actor", "environment", "jobs",
    "title", "lines",
)  # fmt: skip
KEYS: Mapping[str, Mapping[str, str]] = {
    "channel.NAME": {
        "secret": "the secret with the channel's address, as apprise writes it: `slack://...`, `discord://...`, "
        "`mailto://...`",
        "github": 'what GitHub shows: `"status"` and `"check"` on the commit, `"comment"` on the pull request, '
        '`"issue"` for a cause, closed when it is gone',
        "events": "which of the events below; all without it",
        "severity": 'at least this: `"info"`, `"warning"` or `"critical"`; `"warning"` without it',
        "branches": "patterns of branches, as in a workflow's `branches`; any without it",
        "workflows": "names of workflows; any without it",
        "repeat": "whether to tell what the run before told already; not without it",
        "title": "a template such as `{workflow} {event}`",
        "body": "the same; its fields are listed in the guide",
    }
}
"""What may stand in each table, and what it means."""


class Channel(Struct, frozen=True, kw_only=True):
    """One channel: an address that a secret holds, or ways of GitHub's."""

    name: str
    secret: str = ""
    github: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    severity: Severity = Severity.WARNING
    branches: tuple[str, ...] = ()
    workflows: tuple[str, ...] = ()
    repeat: bool = False
    title: str = "{title}"
    body: str = "{lines}"

    def wants(self, notice: Notice) -> bool:
        """Whether this channel is told. A recovery is told to whoever was told of the failure."""
        severe = notice.severity.rank >= self.severity.rank or notice.event is Event.RUN_RECOVERED
        return (
            severe
            and (notice.changed or self.repeat)
            and (not self.events or notice.event in self.events)
            and (not self.workflows or notice.about.workflow in self.workflows)
            and (not self.branches or (bool(notice.about.branch) and passes(self.branches, notice.about.branch)))
        )


def read_channels(document: Table) -> tuple[Channel, ...]:
    """Every channel of the file; what is wrong is reported to the document."""
    tables = document.tables("channel", tuple(KEYS["channel.NAME"]))
    return tuple(_channel(name, table) for name, table in tables.items())


def _channel(name: str, table: Table) -> Channel:
    secret, github = table.text("secret"), _words(table, "github", GITHUB)
    if bool(secret) == bool(github):
        table.report((), f"[channel.{name}] takes one of 'secret' and 'github'", allowed=("secret", "github"))
    for pattern, message in find_problems(table.words("branches")):
        table.report(("branches",), f"branches: the pattern '{pattern}' {message}")
    return Channel(
        name=name,
        secret=secret,
        github=github,
        events=_words(table, "events", tuple(Event)),
        severity=Severity(table.choice("severity", tuple(Severity), Severity.WARNING)),
        branches=table.words("branches"),
        workflows=table.words("workflows"),
        repeat=table.flag("repeat"),
        title=_template(table, "title", "{title}"),
        body=_template(table, "body", "{lines}"),
    )


def _words(table: Table, key: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
    words = table.words(key)
    for word in words:
        if word not in allowed:
            table.report((key,), f"{key}: there is no '{word}'", allowed=allowed)
    return words


def _template(table: Table, key: str, default: str) -> str:
    text = table.text(key, default)
    try:
        parts = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    except ValueError as error:
        table.report((key,), f"{key}: {error}", hint="'{' itself is written '{{'")
        return default
    unknown = [name for name in parts if name not in FIELDS]
    for name in unknown:
        table.report((key,), f"{key}: there is no field '{{{name}}}'", allowed=FIELDS)
    if not unknown and (problem := _misfit(text)):
        table.report((key,), f"{key}: {problem}", hint="every field is a text: '{sha}', '{title:.80}'")
    return default if unknown else text


def _misfit(text: str) -> str:
    """What of a template can't be filled in: a field is a text, and has no place for numbers' formats."""
    try:
        text.format_map(dict.fromkeys(FIELDS, ""))
    except (ValueError, LookupError, AttributeError, MemoryError) as error:
        return str(error) or type(error).__name__
    return ""
