"""One connection to a pool, for one miner: what the pool says in, the state of its work kept, the owner told.

It numbers its own requests and knows which are unanswered. It doesn't know the miner, nor other pools.
"""

from __future__ import annotations

import asyncio
import logging
from decimal import Decimal
from enum import Enum
from time import monotonic
from typing import Protocol, cast

from loka_stratum.configuration import Configuration
from loka_stratum.configuration.values import Endpoint
from loka_stratum.measures import Measures
from loka_stratum.protocol import replies
from loka_stratum.protocol.framing import LineSplitter, LineTooLongError
from loka_stratum.protocol.messages import MalformedError, Message, decode, parse
from loka_stratum.protocol.plain import plain_acceptance
from loka_stratum.protocol.splicing import Splice
from loka_stratum.protocol.work import Extranonce, read_difficulty, read_extranonce, read_job, read_mask
from loka_stratum.proxy.house.outbox import Outbox
from loka_stratum.proxy.house.pools import Pools, PoolState
from loka_stratum.proxy.pools.dialling import keep_alive
from loka_stratum.proxy.pools.handshake import Handshake, Step
from loka_stratum.proxy.pools.pending import Pending, PendingShare, PendingStep

log = logging.getLogger(__name__)
_JOBS_KEPT = 64
_MALFORMED_LIMIT = 20
_WRITE_HIGH = 65_536
_NONE_BEFORE: dict[str, Splice | None] = {}
"""Shared by nearly every link; never put into."""


class Phase(Enum):
    """Where a link stands."""

    PREPARING = "preparing"
    """It is made ready while the miner still works for another, or for none."""
    SERVING = "serving"
    """The miner has its work."""
    RETIRING = "retiring"
    """Nothing is sent any more; answers to shares are awaited."""
    ENDED = "ended"


class Shared(Protocol):
    """What every link of a proxy shares."""

    configuration: Configuration
    pools: Pools
    measures: Measures
    outbox: Outbox


class Owner(Protocol):
    """Who a link belongs to."""

    def link_begins(self) -> None:
        """A link is connected; it ends later. One that can't be connected does neither."""

    def pool_says(self, link: Link, message: Message, line: bytes) -> None:
        """A message that answers nothing."""

    def pool_accepts(self, link: Link, pending: PendingShare) -> None:
        """A plain yes to a share."""

    def pool_answers(self, link: Link, pending: Pending, message: Message) -> None:
        """An answer, with what it is the answer to."""

    def link_unready(self, link: Link) -> None:
        """The link has been connected for long and doesn't serve."""

    def link_ends(self, link: Link, why: str) -> None:
        """The link has ended; what was pending is still in it."""

    def link_full(self, link: Link, *, full: bool) -> None:
        """The pool reads slower than it is written to, or does no more."""


class Link(LineSplitter, asyncio.Protocol):
    """A pool's connection."""

    __slots__ = (
        "_linger_until",
        "_malformed",
        "_measures",
        "_newest_difficulty",
        "_newest_job",
        "_next_id",
        "_outbox",
        "_pools",
        "_why",
        "blocked_since",
        "difficulty",
        "difficulty_line",
        "extranonce",
        "given_before",
        "heard_at",
        "jobs",
        "last_job",
        "made_at",
        "mask",
        "owner",
        "pending",
        "phase",
        "place",
        "pool",
        "shares_pending",
        "splice",
        "transport",
    )

    def __init__(
        self,
        owner: Owner,
        pool: PoolState,
        place: Endpoint,
        shared: Shared,
    ) -> None:
        super().__init__(shared.configuration.limits.pool_line_length)
        self.owner = owner
        self.pool = pool
        self.place = place
        self.phase = Phase.PREPARING
        self.pending: dict[int, Pending] = {}
        self.shares_pending = 0
        self.extranonce: Extranonce | None = None
        self.mask: str | None = None
        self.difficulty = Decimal(1)
        self.difficulty_line: bytes | None = None
        self.jobs: dict[str, Decimal] = {}
        """The difficulties that held for jobs when they came; the newest one, of most shares, also apart."""
        self._newest_job = ""
        self._newest_difficulty = self.difficulty
        self.splice: Splice | None = None
        """How this pool's work is rewritten for the miner; None if it isn't."""
        self.given_before = _NONE_BEFORE
        """The same of jobs that were given before the pool changed its extranonce."""
        self.last_job: bytes | None = None
        """The parameters of the last ``mining.notify``."""
        self.made_at = self.heard_at = monotonic()
        self.blocked_since: float | None = None
        self.transport: asyncio.Transport | None = None
        self._pools = shared.pools
        self._measures = shared.measures
        self._outbox = shared.outbox
        self._next_id = 1
        self._malformed = 0
        self._linger_until = 0.0
        self._why = "the pool closed the connection"

    # -- asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The pool is connected."""
        self.transport = transport = cast("asyncio.Transport", transport)
        transport.set_write_buffer_limits(high=_WRITE_HIGH)
        keep_alive(transport)
        self.owner.link_begins()

    def data_received(self, data: bytes) -> None:
        """Bytes of the pool's."""
        self.heard_at = monotonic()
        try:
            lines = self.feed(data)
        except LineTooLongError as error:
            self._take_all(error.lines)
            self.end(str(error))
            return
        self._take_all(lines)

    def connection_lost(self, exc: Exception | None) -> None:
        """The pool is gone."""
        if exc is not None:
            self._why = str(exc) or type(exc).__name__
        self._close(self._why)

    def pause_writing(self) -> None:
        """The pool reads slower than it is written to."""
        self.blocked_since = monotonic()
        self.owner.link_full(self, full=True)

    def resume_writing(self) -> None:
        """The pool has read again."""
        self.blocked_since = None
        self.owner.link_full(self, full=False)

    # -- the owner's side

    @property
    def is_open(self) -> bool:
        """Whether requests can be sent."""
        return self.phase in {Phase.PREPARING, Phase.SERVING} and self.transport is not None

    def difficulty_of(self, job: str) -> Decimal | None:
        """What held for a job when it came; None if it isn't this link's."""
        return self._newest_difficulty if job == self._newest_job else self.jobs.get(job)

    def splice_of(self, job: str) -> Splice | None:
        """How the job was rewritten for the miner."""
        return self.given_before.get(job, self.splice)

    def begin(self, handshake: Handshake) -> None:
        """Ask all that the miner has asked so far."""
        for step in handshake:
            self.ask_step(step, handshake)

    def ask_step(self, step: Step, handshake: Handshake) -> None:
        """Ask one step of the handshake, in this pool's terms."""
        params = step.params_for(self.pool.settings, handshake.sessions.get(self.pool.name))
        self.ask(step.method, params, PendingStep(monotonic(), step))

    def ask(self, method: str, params: bytes, pending: Pending) -> None:
        """Send a request; its answer comes with ``pending``."""
        identifier = self._next_id
        self._next_id = identifier + 1
        self.pending[identifier] = pending
        self.send(replies.request(identifier, method, params))

    def ask_share(self, params: list[str], pending: PendingShare) -> None:
        """Submit a share."""
        identifier = self._next_id
        self._next_id = identifier + 1
        self.pending[identifier] = pending
        self.shares_pending += 1
        self.send(replies.share(identifier, params))

    def send(self, line: bytes) -> None:
        """Send a line as it is."""
        if self.transport is not None:
            self._outbox.put(self.transport, line)

    def retire(self, linger: float = 0.0) -> None:
        """End when every share is answered, but not within ``linger`` seconds."""
        if self.phase in {Phase.PREPARING, Phase.SERVING}:
            self.phase = Phase.RETIRING
            self._linger_until = monotonic() + linger
            if linger:
                asyncio.get_running_loop().call_later(linger, self.end_if_done)
            self.end_if_done()

    def end(self, why: str) -> None:
        """Close the connection now."""
        if self.transport is not None:
            self._outbox.forget(self.transport)
            self.transport.abort()
        self._close(why)

    def overdue(self, now: float, answer_timeout: float, silence_timeout: float) -> str | None:
        """What the pool has failed to do in time; None if nothing."""
        oldest = next(iter(self.pending.values()), None)
        if oldest is not None and now - oldest.asked_at > answer_timeout:
            return "pool-answer"
        if self.blocked_since is not None and now - self.blocked_since > answer_timeout:
            return "pool-answer"
        return "pool-silence" if now - self.heard_at > silence_timeout else None

    def _close(self, why: str) -> None:
        if self.phase is not Phase.ENDED:
            self.phase = Phase.ENDED
            self.owner.link_ends(self, why)

    def end_if_done(self) -> None:
        """End a link that retires, if nothing is awaited any more."""
        done = self.phase is Phase.RETIRING and not self.shares_pending
        if done and monotonic() >= self._linger_until:
            self.end("it is not needed any more")

    # -- the pool's lines

    def _take_all(self, lines: list[bytes]) -> None:
        self._measures.pool_messages.inc(len(lines))
        for line in lines:
            self._take(line)

    def _take(self, line: bytes) -> None:
        if self.phase is Phase.ENDED or not line or line.isspace():
            return
        try:
            identifier = plain_acceptance(line)
            if identifier is not None and self._take_acceptance(identifier):
                pass
            elif (message := parse(line)).method is None:
                self._take_answer(message)
            else:
                self._note(message)
                self.owner.pool_says(self, message, line)
        except MalformedError as error:
            self._take_malformed(line, error)
            return
        if not self.pool.answers or self.heard_at - self.pool.heard_at > 1:
            self._pools.heard(self.pool, self.heard_at)

    def _take_acceptance(self, identifier: int) -> bool:
        """Take a plain yes; False if no share waits for it."""
        pending = self.pending.get(identifier)
        if type(pending) is not PendingShare:
            return False
        del self.pending[identifier]
        self.shares_pending -= 1
        self.owner.pool_accepts(self, pending)
        if self.phase is Phase.RETIRING:
            self.end_if_done()
        return True

    def _take_answer(self, message: Message) -> None:
        identifier = bytes(message.id).strip(b'"')  # some pools write numbers as texts; all of the proxy's are numbers
        pending = self.pending.pop(int(identifier), None) if identifier.isdigit() else None
        if pending is None:
            self._measures.invalid.labels("pool").inc()
            return
        if type(pending) is PendingShare:
            self.shares_pending -= 1
        self.owner.pool_answers(self, pending, message)
        if self.phase is Phase.RETIRING:
            self.end_if_done()

    def _note(self, message: Message) -> None:
        """Keep what later messages are about."""
        match message.method:
            case "mining.notify":
                job = read_job(message.params)
                self.last_job = bytes(message.params)
                for known in (self.jobs, self.given_before):
                    known.pop(job.id, None)
                if len(self.jobs) >= _JOBS_KEPT:
                    del self.jobs[next(iter(self.jobs))]
                self.jobs[job.id] = self.difficulty
                self._newest_job, self._newest_difficulty = job.id, self.difficulty
            case "mining.set_difficulty":
                self.difficulty = read_difficulty(message.params)
                self.pool.difficulty = float(self.difficulty)
                self.difficulty_line = replies.notification("mining.set_difficulty", message.params)
                self._measures.difficulty_changes.inc()
                self._measures.difficulty.set(self.pool.difficulty)
            case "mining.set_extranonce":
                self.extranonce = read_extranonce(message.params)
            case "mining.set_version_mask":
                self.mask = read_mask(next(iter(decode(message.params, list[object])), None))
            case _:
                pass

    def _take_malformed(self, line: bytes, error: MalformedError) -> None:
        self._malformed += 1
        self._measures.parse_errors.labels("pool").inc()
        log.warning("pool %s sent a line that can't be used: %s: %.80r", self.pool.name, error, line)
        if self._malformed >= _MALFORMED_LIMIT:
            self.end("the pool sends malformed lines")
