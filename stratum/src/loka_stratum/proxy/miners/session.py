"""One miner's conversation: its lines in, requests to its pool out; the pool's lines in, answers and work to the
miner out.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from loka_stratum import __version__
from loka_stratum.protocol import replies
from loka_stratum.protocol.messages import MalformedError, Message, decode, parse
from loka_stratum.protocol.names import NameRefusedError, read_name
from loka_stratum.protocol.plain import plain_submission, share_params
from loka_stratum.protocol.work import Extranonce
from loka_stratum.proxy.house.accounts import Account
from loka_stratum.proxy.house.house import House
from loka_stratum.proxy.miners.stepping import Stepping
from loka_stratum.proxy.miners.submitting import Submitting
from loka_stratum.proxy.miners.switching import Switching
from loka_stratum.proxy.miners.track import Track
from loka_stratum.proxy.pools.handshake import Handshake, Step
from loka_stratum.proxy.pools.link import Link, Phase
from loka_stratum.proxy.pools.pending import Pending, PendingRequest, PendingShare, PendingStep
from loka_stratum.proxy.pools.redirect import may_follow, read_redirect
from loka_stratum.proxy.pools.upstream import Upstream
from loka_stratum.proxy.pools.worker import Worker
from loka_stratum.shares import Verdict

log = logging.getLogger(__name__)
_QUESTIONS_KEPT = 16
_VERSION = replies.encode(f"loka-stratum/{__version__}")


class MinerSide(Protocol):
    """The connection to the miner."""

    address: str
    connected_at: float

    @property
    def is_leaving(self) -> bool:
        """Whether it has been asked to come back, or is closing."""

    def belongs_to(self, account: Account) -> None:
        """Whose the connection's bytes are: the first user's, where it has several."""

    def write(self, data: bytes) -> None:
        """Send the miner a line."""

    def malformed(self, why: str) -> None:
        """The miner's line was no message."""

    def close(self, why: str, *, after: float = 0.0) -> None:
        """Hang up, after so many seconds."""

    def abort(self) -> None:
        """Hang up now, whatever is not sent yet."""

    def hold(self, reason: str, *, held: bool) -> None:
        """Read no more from the miner while any reason holds."""

    def check(self, now: float) -> None:
        """Look at what time alone brings about."""


class Session:
    """One miner, from its first line until it leaves."""

    __slots__ = (
        "_longest_result",
        "_questions",
        "_stepping",
        "_submitting",
        "_switching",
        "closed",
        "extranonce",
        "handshake",
        "house",
        "mask",
        "miner",
        "takes_extranonce",
        "track",
        "upstream",
        "workers",
    )
    __deletable__ = ("_stepping", "_submitting", "_switching", "miner", "upstream")
    """Compiled, it must be told; see `_fall_apart`."""

    def __init__(self, house: House, miner: MinerSide) -> None:
        self.house = house
        self.miner = miner
        self.handshake = Handshake()
        self.workers: dict[str, Worker] = {}
        self.track = Track(house)
        self.upstream = Upstream(house, self)
        self.extranonce: Extranonce | None = None
        """What the miner works with."""
        self.mask: str | None = None
        self.takes_extranonce = False
        self.closed = False
        self._longest_result = house.configuration.limits.write_buffer // 2
        self._questions: dict[bytes, None] = {}
        """Ids of the pool's requests that the miner has not answered."""
        self._stepping = Stepping(self)
        self._submitting = Submitting(self)
        self._switching = Switching(self)

    @property
    def is_subscribed(self) -> bool:
        """Whether the miner has been given an extranonce."""
        return self.extranonce is not None

    def close(self) -> None:
        """The miner is gone."""
        self.closed = True
        self.upstream.close()
        for worker in self.workers.values():
            worker.account.connections -= 1
        self._leave_if_over()

    def _leave_if_over(self) -> None:
        """Its parts refer to each other: taken apart, they go now, not when garbage is looked for, which is seldom."""
        if self.closed and self.upstream.is_over:
            asyncio.get_running_loop().call_soon(self._fall_apart)

    def _fall_apart(self) -> None:
        with suppress(AttributeError):  # its miner's end and its last link's end may both have asked for this
            if not self.upstream.is_over:  # a link was about to begin
                return
            del self.miner, self.upstream, self._stepping, self._submitting, self._switching

    # -- from the miner

    def miner_says(self, line: bytes) -> None:
        """Take a line of the miner's, whatever it is."""
        plain = plain_submission(line)
        if plain is not None:
            self._submitting.take(*plain)
            return
        try:
            message = parse(line)
            if message.method is None:
                self._take_answer(message)
                return
            if message.method == "mining.submit":
                self._submitting.take(replies.raw_or_null(message.id), share_params(message))
            else:
                _HANDLERS.get(message.method, Session._pass_on)(self, message)
        except MalformedError as error:
            self.miner.malformed(str(error))

    def reply(self, line: bytes) -> None:
        """Send the miner a line, if it is still there."""
        if not self.closed:
            self.miner.write(line)

    def refuse(self, miner_id: bytes, code: int, words: str) -> None:
        """Answer a request with an error of the proxy's own."""
        self.reply(replies.failure(miner_id, code, words))

    def _step(self, message: Message) -> None:
        """A request of the handshake that goes to the pool as it is."""
        self._stepping.take(Step(message.method or "", _params(message), replies.raw_or_null(message.id)))

    def _configure(self, message: Message) -> None:
        extensions = next(iter(decode(message.params, list[Any])), None)
        if not isinstance(extensions, list):
            raise MalformedError("mining.configure names no extensions")
        self.takes_extranonce |= "subscribe-extranonce" in extensions
        self._step(message)

    def _subscribe_extranonce(self, message: Message) -> None:
        """The proxy can always tell the miner a new extranonce, so it says yes whatever the pool says."""
        self.takes_extranonce = True
        self._stepping.take(Step(message.method or "", b"[]", None))
        self.reply(replies.answer(replies.raw_or_null(message.id), b"true"))

    def _authorize(self, message: Message) -> None:
        parts = decode(message.params, list[Any])
        if not parts or not isinstance(parts[0], str):
            raise MalformedError("mining.authorize names no worker")
        self.house.measures.auth_attempts.inc()
        try:
            worker = self._worker(parts[0])
        except NameRefusedError as error:
            self.house.measures.auth_failures.inc()
            self.refuse(replies.raw_or_null(message.id), replies.UNAUTHORIZED, str(error))
            return
        password = parts[1] if len(parts) > 1 and isinstance(parts[1], str) else ""
        self._stepping.take(
            Step("mining.authorize", b"", replies.raw_or_null(message.id), worker=worker, password=password)
        )

    def _worker(self, text: str) -> Worker:
        known = self.workers.get(text)
        if known is not None:
            return known
        name = read_name(text)
        if len(self.workers) >= self.house.configuration.limits.workers_per_connection:
            raise NameRefusedError("this connection has authorized as many workers as it may")
        worker = Worker(text, name, self.house.accounts.of(name.user))
        worker.account.connections += 1
        if not self.workers:
            self.miner.belongs_to(worker.account)
        self.workers[text] = worker
        return worker

    def _pass_on(self, message: Message) -> None:
        """A request that the proxy does not know, or has no part in."""
        link, miner_id = self.upstream.target, replies.raw_or_null(message.id)
        if link is None:
            self.refuse(miner_id, replies.OTHER, "No pool is connected")
        elif len(link.pending) >= self.house.configuration.limits.requests_pending:
            self.house.measures.rate_limited.labels("pending").inc()
            self.refuse(miner_id, replies.OTHER, "Too many requests are unanswered")
        else:
            method = message.method or ""
            pending = PendingRequest(miner_id, self.house.now(), method)
            link.ask(method, _params(message), pending)

    def _take_answer(self, message: Message) -> None:
        """The miner's answer to a question of the pool's."""
        if not (len(message.result) or len(message.error)):
            raise MalformedError("it has no method")
        identifier = bytes(message.id)
        link = self.upstream.serving
        if identifier not in self._questions or link is None:
            self.house.measures.invalid.labels("miner").inc()
            return
        del self._questions[identifier]
        link.send(replies.answer(identifier, replies.raw_or_null(message.result), replies.raw_or_null(message.error)))

    # -- from pools

    def pool_says(self, link: Link, message: Message, line: bytes) -> None:
        """Take a message of a pool's that answers nothing."""
        if link.phase is not Phase.SERVING:
            _answer_in_place(link, message)
            if link is self.upstream.coming:
                self._switching.hand_over_if_ready(link)
            return
        match message.method:
            case "mining.notify":
                self._send_job(link, message, line)
            case "mining.set_extranonce":
                self._switching.extranonce_changed(link)
            case "mining.set_version_mask":
                self.mask = link.mask
                self.reply(line + b"\n")
            case "client.reconnect":
                self._follow(link, message)
            case _:
                self._ask_miner(message, line)

    def _send_job(self, link: Link, message: Message, line: bytes) -> None:
        if link.splice is None:
            self.reply(line + b"\n")
        else:
            self.reply(b'{"id":null,"method":"mining.notify","params":%b}\n' % link.splice.work(message.params))
        self.house.measures.jobs.inc()
        self.house.measures.job_latency.observe(self.house.now() - link.heard_at)

    def _ask_miner(self, message: Message, line: bytes) -> None:
        if message.method == "client.show_message":
            log.info("miner %s is told by its pool: %.200r", self.miner.address, bytes(message.params))
        identifier = bytes(message.id)
        if identifier != b"null":
            if len(self._questions) >= _QUESTIONS_KEPT:
                del self._questions[next(iter(self._questions))]
            self._questions[identifier] = None
        self.reply(line + b"\n")

    def _follow(self, link: Link, message: Message) -> None:
        redirect = read_redirect(message.params, link.place)
        policy = self.house.configuration.failover.follow_reconnect
        if not may_follow(policy, link.pool.settings.address, redirect.place):
            log.warning("pool %s wants its miners at %s; that is not followed", link.pool.name, redirect.place)
            self.house.measures.invalid.labels("pool").inc()
            return
        self.upstream.follow(link, redirect)

    def pool_accepts(self, link: Link, pending: PendingShare) -> None:
        """Take a pool's plain yes to a share."""
        self.track.accepted(pending, link.heard_at)
        if not self.closed:
            self.miner.write(replies.accepted(pending.miner_id))

    def pool_answers(self, link: Link, pending: Pending, message: Message) -> None:
        """Take a pool's answer."""
        match pending:
            case PendingShare():
                verdict = self.track.answered(pending, message, link.heard_at)
                if verdict is Verdict.ACCEPTED and not len(message.reject_reason):
                    self.reply(replies.accepted(pending.miner_id))
                else:
                    self.pass_back(pending.miner_id, message)
            case PendingRequest():
                self.pass_back(pending.miner_id, message)
            case PendingStep(step=step):
                self._stepping.answered(link, step, message)

    def pass_back(self, miner_id: bytes, message: Message) -> None:
        """Give the miner the pool's answer under the miner's own id."""
        result, error = replies.raw_or_null(message.result), replies.raw_or_null(message.error)
        if len(result) > self._longest_result:
            self.reply(replies.failure(miner_id, replies.OTHER, "The pool's answer is too long"))
            return
        self.reply(replies.answer(miner_id, result, error, bytes(message.reject_reason)))

    def hand_over_if_ready(self, link: Link) -> None:
        """Give the miner a link's work if that is there."""
        if link is self.upstream.coming:
            self._switching.hand_over_if_ready(link)

    def former_link(self, link: Link) -> None:
        """The link has served until now."""
        self._submitting.replaced(link)

    def link_begins(self) -> None:
        """A link is connected."""
        self.upstream.begun()

    def link_ends(self, link: Link, why: str) -> None:
        """A link has ended, with whatever was on its way."""
        pendings, link.pending = list(link.pending.values()), {}
        self._submitting.link_ended(link)
        for pending in pendings:
            match pending:
                case PendingShare():
                    self._submitting.unanswered(pending, why)
                case PendingRequest(miner_id=miner_id):
                    self.reply(replies.failure(miner_id, replies.OTHER, "The pool's connection ended"))
                case PendingStep():
                    pass
        if self.upstream.ended(link, why):
            self._questions.clear()
            self.miner.hold("pool", held=False)
        self._leave_if_over()

    def link_unready(self, link: Link) -> None:
        """A link that gives no work is not waited for, once the miner has a name to work under."""
        if self.handshake.has("mining.authorize"):
            link.end("the pool gives no work")

    def link_full(self, link: Link, *, full: bool) -> None:
        """The pool reads slower than the miner writes: the miner waits."""
        if link is self.upstream.serving:
            self.miner.hold("pool", held=full)


def _params(message: Message) -> bytes:
    params = bytes(message.params)
    return params if params and params != b"null" else b"[]"


def _answer_in_place(link: Link, message: Message) -> None:
    """What the pool asks while the miner works for another is answered by the proxy."""
    identifier = bytes(message.id)
    if identifier == b"null":
        return
    match message.method:
        case "mining.ping" | "client.ping":
            link.send(replies.answer(identifier, b'"pong"'))
        case "client.get_version":
            link.send(replies.answer(identifier, _VERSION))
        case _:
            link.send(replies.failure(identifier, replies.OTHER, "The miner is not there yet"))


_HANDLERS: dict[str, Callable[[Session, Message], None]] = {
    "mining.authorize": Session._authorize,  # noqa: SLF001 (the table stands outside the class that it is of)
    "mining.configure": Session._configure,  # noqa: SLF001
    "mining.extranonce.subscribe": Session._subscribe_extranonce,  # noqa: SLF001
    "mining.subscribe": Session._step,  # noqa: SLF001
    "mining.suggest_difficulty": Session._step,  # noqa: SLF001
    "mining.suggest_target": Session._step,  # noqa: SLF001
    "mining.multi_version": Session._step,  # noqa: SLF001
}
