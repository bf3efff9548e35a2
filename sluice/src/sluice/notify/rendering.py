"""A notice in a channel's words. In: a channel and a notice. Out: a title and a body; no address, no secret."""

from __future__ import annotations

from msgspec import Struct

from sluice.notify.notices import Notice
from sluice.notify.policy import Channel

MOST_TITLE, MOST_BODY = 200, 1800
"""Characters. Every service takes these: Discord's embeds 256 and 4,096 with 6,000 in all, its content 2,000; Slack's
blocks 3,000; a subject line 998 with its header's name.
"""


class Message(Struct, frozen=True, kw_only=True):
    """What a channel is sent."""

    title: str
    body: str


def render(channel: Channel, notice: Notice) -> Message:
    """The channel's templates, filled and cut to what every service takes."""
    own = {"event": notice.event, "severity": notice.severity, "environment": notice.environment}
    fields = {**notice.about.facts, **own, "title": notice.title, "lines": "\n".join(notice.lines)}
    title = " ".join(channel.title.format_map(fields).split())
    body = channel.body.format_map(fields).strip() or title  # services take no empty message
    return Message(title=_cut(title, MOST_TITLE), body=_cut(body, MOST_BODY))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
