"""The handshake: the miner's steps go to every link; a pool's answer goes to the miner once, and what it says is
kept.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from loka_stratum.protocol import replies
from loka_stratum.protocol.messages import MalformedError, Message, decode, is_null
from loka_stratum.protocol.work import read_mask, read_subscription
from loka_stratum.proxy.pools.handshake import Step
from loka_stratum.proxy.pools.link import Link

if TYPE_CHECKING:
    from loka_stratum.proxy.miners.session import Session

log = logging.getLogger(__name__)


class Stepping:
    """One session's handshake."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def take(self, step: Step) -> None:
        """A step that the miner asks for."""
        if self._session.handshake.add(step):
            self._session.upstream.ask_step(step)
        elif step.miner_id is not None:
            self._session.reply(replies.failure(step.miner_id, replies.OTHER, "Asked too often"))

    def answered(self, link: Link, step: Step, message: Message) -> None:
        """A pool has answered a step."""
        match step.method:
            case "mining.subscribe":
                self._subscribed(link, step, message)
            case "mining.configure":
                self._configured(link, step, message)
            case "mining.authorize":
                self._authorized(link, step, message)
            case _:
                pass
        self._pass_back(step, message)
        self._session.hand_over_if_ready(link)

    def _subscribed(self, link: Link, step: Step, message: Message) -> None:
        session = self._session
        try:
            found = read_subscription(message.result)
        except MalformedError as error:
            if step.miner_id is None or not is_null(message.result):
                link.end(str(error))
            return
        link.extranonce = found.extranonce
        if found.session is not None:
            session.handshake.sessions[link.pool.name] = found.session
        if step.miner_id is not None or session.extranonce is None:
            session.extranonce = found.extranonce
            link.splice = None

    def _configured(self, link: Link, step: Step, message: Message) -> None:
        """Keep the version mask, where the pool grants one (BIP 310)."""
        try:
            granted = decode(message.result, dict[str, Any])
            if granted.get("version-rolling") is not True:
                return
            link.mask = read_mask(granted.get("version-rolling.mask"))
        except MalformedError:
            return
        if step.miner_id is not None:
            self._session.mask = link.mask

    def _authorized(self, link: Link, step: Step, message: Message) -> None:
        accepted = bytes(message.result) == b"true"
        measures = self._session.house.measures
        (measures.auth_successes if accepted else measures.auth_failures).inc()
        worker = step.worker
        if worker is not None:
            worker.accepted = accepted
        if not accepted:
            log.warning("pool %s refuses the name %s", link.pool.name, worker.text if worker else "")
            if link is self._session.upstream.coming:
                link.end("it refuses the miner's name")

    def _pass_back(self, step: Step, message: Message) -> None:
        if step.miner_id is not None:
            miner_id, step.miner_id = step.miner_id, None
            self._session.pass_back(miner_id, message)
