"""The connection to one miner: bytes in, lines to its session; limits kept; bytes out, as long as they are read."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import cast

from loka_stratum.limits.bucket import Bucket
from loka_stratum.protocol import replies
from loka_stratum.protocol.framing import LineSplitter, LineTooLongError
from loka_stratum.protocol.proxy_header import HeaderError, read_header
from loka_stratum.proxy.house.accounts import Account
from loka_stratum.proxy.house.house import House
from loka_stratum.proxy.miners.door import CONNECTED, NOT_HTTP, TOO_LONG, Door, Visitor
from loka_stratum.proxy.miners.session import Session
from loka_stratum.proxy.pools.dialling import keep_alive

log = logging.getLogger(__name__)
_FLOOD_STRIKES = 8
"""Times that a miner may overdraw its messages, without a calm moment between, until it is cut off."""
_FLOOD_SECONDS = 10.0
"""Or by so much at once that it would have to wait for this long."""
_FLUSH_SECONDS = 5.0
_UNEXPECTED = "A PROXY header is taken from balancers in server.proxy_header_from only"


class Miner(LineSplitter, asyncio.Protocol):
    """A miner's connection."""

    __slots__ = (
        "_abort_at",
        "_account",
        "_admitted",
        "_bucket",
        "_bytes_in",
        "_bytes_out",
        "_closing",
        "_door",
        "_header",
        "_holds",
        "_leaving",
        "_malformed",
        "_transport",
        "address",
        "connected_at",
        "heard_at",
        "house",
        "session",
    )

    def __init__(self, house: House, address: str = "") -> None:
        """``address`` is that of a miner who has been announced already."""
        now = house.now()
        limits = house.configuration.limits
        super().__init__(limits.line_length)
        self.house = house
        self.address = address
        self.session = Session(house, self)
        self.connected_at = self.heard_at = now
        self._account: Account | None = None
        self._bytes_in = 0
        self._bytes_out = 0
        """Of before the miner said who it is."""
        self._transport: asyncio.Transport | None = None
        self._door: Door | None = Door()
        self._header: bytes | None = None
        """What has come of the PROXY header that is to come; None if none is."""
        self._bucket = Bucket(limits.messages_per_second, limits.message_burst, now)
        self._holds: set[str] = set()
        self._malformed = 0
        self._admitted = False
        self._closing = False
        self._leaving = False
        self._abort_at: float | None = None

    # -- asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A miner connects, if it may."""
        self._transport = transport = cast("asyncio.Transport", transport)
        is_known = bool(self.address)
        if not is_known:
            peer = transport.get_extra_info("peername")
            self.address = str(peer[0]) if peer else "unknown"
        house = self.house
        transport.set_write_buffer_limits(high=house.configuration.limits.write_buffer)
        keep_alive(transport)
        if not is_known and house.announces(self.address):
            self._header = b""
            house.sessions.add(self.session)
        else:
            self._enter(transport)

    def _enter(self, transport: asyncio.Transport) -> None:
        """The miner is known by its address: it comes in, if it may."""
        house = self.house
        refusal = "draining" if house.draining else house.admission.enter(self.address, house.now())
        if refusal is not None:
            house.measures.connections_refused.labels(refusal).inc()
            self._closing = True
            transport.abort()
            return
        self._admitted = True
        house.sessions.add(self.session)
        house.measures.connections_total.inc()
        house.measures.connections.set(house.admission.count)

    def data_received(self, data: bytes) -> None:
        """Bytes of the miner's."""
        if self._closing:
            return
        now = self.heard_at = self.house.now()
        account = self._account
        if account is None:
            self._bytes_in += len(data)
        else:
            account.bytes_in += len(data)
        if self._door is not None:
            data = self._come_in(self._door, data)
        try:
            lines = self.feed(data)
        except LineTooLongError as error:
            self._take(error.lines, now)
            self._cut_off("line-too-long", str(error))
            return
        if lines:
            self._take(lines, now)

    def eof_received(self) -> bool:
        """A miner that says no more is gone."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's signature)
        """The miner is gone."""
        self._closing = True
        self.house.sessions.discard(self.session)
        if self._admitted:
            self._leave()
        self.session.close()
        self._transport = None

    def _leave(self) -> None:
        self._admitted = False
        house = self.house
        house.admission.leave(self.address)
        house.measures.connections.set(house.admission.count)
        house.measures.connection_seconds.observe(house.now() - self.connected_at)

    def pause_writing(self) -> None:
        """More waits for the miner than may."""
        self._cut_off("slow-reader", "it does not read what it is sent", offends=False)

    def resume_writing(self) -> None:
        """The miner is cut off already."""

    # -- the session's side

    @property
    def is_leaving(self) -> bool:
        """Whether it has been asked to come back, or is closing."""
        return self._closing or self._leaving

    def belongs_to(self, account: Account) -> None:
        """Count the connection's bytes as the user's, those that have passed too."""
        self._account = account
        account.bytes_in += self._bytes_in
        account.bytes_out += self._bytes_out

    def write(self, data: bytes) -> None:
        """Send the miner a line."""
        if self._transport is not None:
            if self._account is None:
                self._bytes_out += len(data)
            else:
                self._account.bytes_out += len(data)
            self.house.outbox.put(self._transport, data)

    def malformed(self, why: str) -> None:
        """The line was no message: say so, and cut off who sends many."""
        self.house.measures.parse_errors.labels("miner").inc()
        self._malformed += 1
        self.write(replies.failure(b"null", replies.OTHER, f"Malformed: {why[:200]}"))
        if self._malformed >= self.house.configuration.limits.malformed_lines:
            self._cut_off("malformed", "it sends malformed lines")

    def close(self, why: str, *, after: float = 0.0) -> None:
        """Hang up, now or later; what was written is still sent, for a while."""
        if after:
            self._leaving = True
            asyncio.get_running_loop().call_later(after, self.close, why)
            return
        if self._transport is None or self._closing:
            return
        log.debug("miner %s is closed: %s", self.address, why)
        self._closing = True
        self._abort_at = self.house.now() + _FLUSH_SECONDS
        self.house.outbox.send_now(self._transport)
        self._transport.close()

    def abort(self) -> None:
        """Hang up now, whatever is not sent yet."""
        if self._transport is not None:
            self._closing = True
            self.house.outbox.forget(self._transport)
            self._transport.abort()

    def hold(self, reason: str, *, held: bool) -> None:
        """Read no more from the miner while any reason holds."""
        before = bool(self._holds)
        (self._holds.add if held else self._holds.discard)(reason)
        if self._transport is None or self._closing or bool(self._holds) is before:
            return
        if held:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def check(self, now: float) -> None:
        """Look at what time alone brings about."""
        limits = self.house.configuration.limits
        if self._abort_at is not None and now > self._abort_at and self._transport is not None:
            self._transport.abort()
        if self._closing:
            return
        if now - self.heard_at > limits.idle_timeout and not self._holds:
            self._time_out("idle", "it says nothing")
        elif not self.session.workers and now - self.connected_at > limits.handshake_timeout:
            self._time_out("handshake", "it did not authorize")

    # -- its own

    def _take(self, lines: list[bytes], now: float) -> None:
        wait = self._bucket.take(len(lines), now)
        if wait and not self._slow_down(wait):
            return
        self.house.measures.miner_messages.inc(len(lines))
        says = self.session.miner_says
        for line in lines:
            if self._closing:
                return
            if line and not line.isspace():
                says(line)

    def _slow_down(self, wait: float) -> bool:
        """Read no more for ``wait`` seconds; False if the miner is cut off."""
        self.house.measures.rate_limited.labels("messages").inc()
        if self._bucket.strikes > _FLOOD_STRIKES or wait > _FLOOD_SECONDS:
            self._cut_off("flood", "it floods")
            return False
        self.hold("messages", held=True)
        asyncio.get_running_loop().call_later(wait, partial(self.hold, "messages", held=False))
        return True

    def _come_in(self, door: Door, data: bytes) -> bytes:
        """Take the connection's first bytes; those that are Stratum's, if any are yet."""
        if self._header is not None:
            data = self._read_header(self._header + data)
        return self._open_door(door, data) if data else b""

    def _read_header(self, head: bytes) -> bytes:
        """Learn from a balancer who its miner is; the bytes behind the header, once it is whole and the miner is in."""
        try:
            announced = read_header(head)
        except HeaderError as error:
            self._refuse_header(str(error))
            return b""
        self._header = head if announced is None else None
        if announced is None or self._transport is None:
            return b""
        self.address = announced.address or self.address
        self._enter(self._transport)
        return b"" if self._closing else announced.rest

    def _refuse_header(self, why: str) -> None:
        """Not an offence: whoever it is, a ban would be on the balancer."""
        self.write(replies.failure(b"null", replies.OTHER, why))
        self._cut_off("proxy-header", why, offends=False)

    def _open_door(self, door: Door, data: bytes) -> bytes:
        """Find out what speaks; the bytes that are Stratum's."""
        seen = door.feed(data)
        if seen is None:
            return b""
        self._door = None
        visitor, rest = seen
        match visitor:
            case Visitor.STRATUM:
                pass
            case Visitor.CONNECT:
                self.house.measures.http_connects.inc()
                self.write(CONNECTED)
            case Visitor.HTTP | Visitor.HTTP_TOO_LONG:
                self.house.measures.violations.labels("http").inc()
                self.write(TOO_LONG if visitor is Visitor.HTTP_TOO_LONG else NOT_HTTP)
                self.close("it speaks HTTP")
            case Visitor.BALANCER:
                self._refuse_header(_UNEXPECTED)
            case Visitor.TLS:
                self._cut_off("tls-on-plain-port", "it speaks TLS on the plain port", offends=False)
        return rest

    def _time_out(self, kind: str, why: str) -> None:
        self.house.measures.timeouts.labels(kind).inc()
        self.close(why)

    def _cut_off(self, kind: str, why: str, *, offends: bool = True) -> None:
        house = self.house
        if self._closing or self._transport is None:
            return
        house.measures.violations.labels(kind).inc()
        banned = offends and house.admission.bans.offend(self.address, house.now())
        log.warning("miner %s is cut off%s: %s", self.address, " and banned" if banned else "", why)
        if kind == "slow-reader":
            self.abort()
        else:
            self.close(why)
