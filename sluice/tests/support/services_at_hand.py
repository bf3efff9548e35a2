"""Stand-ins on loopback for the services that channels go to: they check what they get against published limits.

Slack: https://api.slack.com/reference/block-kit and the rate of one message a second a webhook. Discord:
https://discord.com/developers/docs/resources/message (content 2,000; 10 embeds; title 256, description 4,096, 6,000 in
all). Mail: RFC 5321 and 5322 (998 characters a line).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from prometheus_at_hand import free_port

from sluice.serving.blocking import Asked, answering
from sluice.serving.messages import Response


class Service:
    """What came in: payloads by path, and what was wrong with them. ``refusals`` are statuses to answer first."""

    def __init__(self) -> None:
        self.payloads: list[dict[str, Any]] = []
        self.wrong: list[str] = []
        self.refusals: list[int] = []
        self.port = 0


def slack_mistakes(payload: dict[str, Any]) -> Iterator[str]:
    if len(payload.get("text", "")) > 40_000:
        yield "text of more than 40,000 characters"
    if len(payload.get("attachments", ())) > 100 or len(payload.get("blocks", ())) > 50:
        yield "more attachments or blocks than a message may have"
    parts = [
        *payload.get("blocks", ()),
        *(block for one in payload.get("attachments", ()) for block in one.get("blocks", ())),
    ]
    if any(len(part.get("text", {}).get("text", "")) > 3000 for part in parts if isinstance(part.get("text"), dict)):
        yield "a block of more than 3,000 characters"
    if not any(payload.get(key) for key in ("text", "attachments", "blocks")):
        yield "no text, no attachment, no block"


def discord_mistakes(payload: dict[str, Any]) -> Iterator[str]:
    embeds = payload.get("embeds", [])
    if len(payload.get("content") or "") > 2000:
        yield "content of more than 2,000 characters"
    if len(embeds) > 10 or any(len(one.get("title") or "") > 256 for one in embeds):
        yield "more than 10 embeds, or a title of more than 256 characters"
    lengths = [len(one.get("title") or "") + len(one.get("description") or "") for one in embeds]
    if any(len(one.get("description") or "") > 4096 for one in embeds) or sum(lengths) > 6000:
        yield "a description of more than 4,096 characters, or 6,000 in all"
    if not payload.get("content") and not embeds:
        yield "an empty message"


_MISTAKES = {"slack": slack_mistakes, "discord": discord_mistakes}
_TAKEN = {"slack": Response(status=200, body=b"ok"), "discord": Response(status=204)}


@contextmanager
def service(kind: str) -> Iterator[Service]:
    """A webhook of Slack's or Discord's."""
    kept = Service()

    def answer(asked: Asked) -> Response:
        if kept.refusals:
            return Response(status=kept.refusals.pop(0))
        body = json.loads(asked.body)
        kept.payloads.append(body)
        mistakes = list(_MISTAKES[kind](body))
        kept.wrong += mistakes
        return Response(status=400) if mistakes else _TAKEN[kind]

    with answering(answer) as address:
        kept.port = int(address.rpartition(":")[2])
        yield kept


class _Mailbox:
    def __init__(self, kept: Service) -> None:
        self._kept = kept

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802 (its protocol)
        data = envelope.content or b""
        raw = data if isinstance(data, bytes) else data.encode()
        if any(len(line) > 998 for line in raw.splitlines()):
            self._kept.wrong.append("a line of more than 998 characters")
        self._kept.payloads.append({"to": envelope.rcpt_tos, "text": raw.decode()})
        return "250 OK"


@contextmanager
def mailbox() -> Iterator[Service]:
    """A real SMTP server."""
    kept = Service()
    kept.port = free_port()
    controller = Controller(_Mailbox(kept), hostname="127.0.0.1", port=kept.port)
    controller.start()
    try:
        yield kept
    finally:
        controller.stop()
